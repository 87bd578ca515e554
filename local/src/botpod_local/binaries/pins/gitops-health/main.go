// Gitops-health says what GitOps tools make of an object: kstatus (Flux, Helm) by its own library, Flux's
// healthCheckExprs by cel-go and Argo CD's health check by gopher-lua, which are the engines of those two.
//
// Stdin: {"object": {…}, "cel": {"current": "…", "failed": "…", "inProgress": "…"}, "lua": "…"}
// Stdout: {"kstatus": "Current", "flux": "Current", "argo": "Healthy"}
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type question struct {
	Object json.RawMessage   `json:"object"`
	Cel    map[string]string `json:"cel"`
	Lua    string            `json:"lua"`
}

func main() {
	said, err := answered()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(said)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answered() (map[string]string, error) {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return nil, err
	}
	computed, err := status.Compute(object)
	if err != nil {
		return nil, err
	}
	flux, err := byExpressions(asked.Cel, object)
	if err != nil {
		return nil, err
	}
	argo, err := byScript(asked.Lua, object)
	if err != nil {
		return nil, err
	}
	return map[string]string{"kstatus": computed.Status.String(), "flux": flux, "argo": argo}, nil
}

// byExpressions asks in the order that Flux's RFC 9 gives: the generation, then each expression.
func byExpressions(expressions map[string]string, object *unstructured.Unstructured) (string, error) {
	observed, found, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if err != nil || found && observed != object.GetGeneration() {
		return status.InProgressStatus.String(), err
	}
	for _, step := range []struct {
		name string
		says status.Status
	}{
		{"inProgress", status.InProgressStatus},
		{"failed", status.FailedStatus},
		{"current", status.CurrentStatus},
	} {
		if expression, given := expressions[step.name]; given {
			holds, err := evaluated(expression, object.Object)
			if err != nil {
				return "", fmt.Errorf("%s: %w", step.name, err)
			}
			if holds {
				return step.says.String(), nil
			}
		}
	}
	return status.InProgressStatus.String(), nil
}

func evaluated(expression string, object map[string]any) (bool, error) {
	environment, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(),
	)
	if err != nil {
		return false, err
	}
	// Parsed and not compiled, as by Flux, which can't know the types.
	parsed, issues := environment.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := environment.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	holds, isBool := value.Value().(bool)
	if !isBool {
		return false, fmt.Errorf("%v is no bool", value)
	}
	return holds, nil
}

func byScript(script string, object *unstructured.Unstructured) (string, error) {
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", inLua(state, object.Object))
	if err := state.DoString(script); err != nil {
		return "", err
	}
	result, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return "", fmt.Errorf("the script returned no table")
	}
	return result.RawGetString("status").String(), nil
}

func inLua(state *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case map[string]any:
		made := state.NewTable()
		for key, child := range typed {
			made.RawSetString(key, inLua(state, child))
		}
		return made
	case []any:
		made := state.NewTable()
		for _, child := range typed {
			made.Append(inLua(state, child))
		}
		return made
	case string:
		return lua.LString(typed)
	case bool:
		return lua.LBool(typed)
	case int64:
		return lua.LNumber(typed)
	case float64:
		return lua.LNumber(typed)
	}
	return lua.LNil
}
