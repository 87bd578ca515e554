// Colours for code blocks: strings, comments, numbers and keywords, told apart well enough for a chat.

const HASH = new Set(["python", "py", "bash", "sh", "shell", "console", "yaml", "yml", "toml", "ruby", "rb", "makefile", "dockerfile"]);
const DASH = new Set(["sql", "lua", "haskell"]);
const PLAIN = new Set(["", "text", "txt", "plain"]);

const KEYWORDS = new Set(
  (
    "and as assert async await break case class const continue def default del do elif else enum except export extends " +
    "extern false fi finally fn for foreach from func function global go goto if impl implements import in instanceof " +
    "interface is lambda let loop match mod module mut namespace new nil None nonlocal not null of or package pass " +
    "private protected pub public raise ref return select self SELECT FROM WHERE INSERT INTO UPDATE DELETE JOIN ON ORDER " +
    "BY GROUP LIMIT AND OR NOT static struct super switch then this throw trait True False true try type typeof undefined " +
    "union unless until use using val var void where while with yield echo done esac export"
  ).split(" "),
);

/** Split `code` into {text, kind}; kind is "" for what has no colour. */
export function highlight(code, language) {
  const name = language.toLowerCase();
  if (PLAIN.has(name)) return [{ text: code, kind: "" }];
  const comment = HASH.has(name) ? "#.*" : DASH.has(name) ? "--.*" : "\\/\\/.*|\\/\\*[\\s\\S]*?\\*\\/";
  const pattern = new RegExp(
    `(?<comment>${comment})` +
      "|(?<string>\"\"\"[\\s\\S]*?\"\"\"|'''[\\s\\S]*?'''|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`)" +
      "|(?<number>\\b\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b)" +
      "|(?<call>[A-Za-z_$][\\w$]*(?=\\())" +
      "|(?<word>[A-Za-z_$][\\w$]*)",
    "g",
  );
  const found = [];
  let at = 0;
  for (const match of code.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups).find(([, text]) => text !== undefined);
    const colour = KEYWORDS.has(match[0]) ? "keyword" : kind === "word" ? "" : kind;
    if (match.index > at) found.push({ text: code.slice(at, match.index), kind: "" });
    found.push({ text: match[0], kind: colour });
    at = match.index + match[0].length;
  }
  if (at < code.length) found.push({ text: code.slice(at), kind: "" });
  return found;
}
