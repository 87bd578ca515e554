{{/* The spec of the BotClass "default": the values, the evaluation databases where they are on, and who may use it. */}}
{{- define "botpod.defaultClass" -}}
{{- $spec := omit .Values.defaultClass "enabled" | deepCopy -}}
{{- $_ := required "defaultClass.image: name the bot's image, or set defaultClass.enabled=false" $spec.image -}}
{{- $state := default dict $spec.state -}}
{{- if and .Values.redis.enabled (not $state.redis) -}}
{{- $at := dict "root" . "component" "redis" -}}
{{- $trust := include "botpod.databaseTrust" $at | fromYaml -}}
{{- $scheme := ternary "rediss" "redis" (hasKey $trust "caBundle") -}}
{{- $url := printf "%s://%s-redis.%s.svc:6379/0" $scheme (include "botpod.fullname" .) .Release.Namespace -}}
{{- $state = set $state "redis" (merge (dict "url" $url) $trust (fromYaml (include "botpod.databaseLogin" $at))) -}}
{{- end -}}
{{- if and .Values.postgresql.enabled (not $state.postgresql) -}}
{{- $at := dict "root" . "component" "postgresql" -}}
{{- $trust := include "botpod.databaseTrust" $at | fromYaml -}}
{{- $mode := ternary "?ssl=verify-full" "" (hasKey $trust "caBundle") -}}
{{- $url := printf "postgresql://botpod@%s-postgresql.%s.svc:5432/botpod%s" (include "botpod.fullname" .) .Release.Namespace $mode -}}
{{- $state = set $state "postgresql" (merge (dict "url" $url) $trust (fromYaml (include "botpod.databaseLogin" $at))) -}}
{{- end -}}
{{- if $state -}}
{{- $spec = set $spec "state" $state -}}
{{- end -}}
{{/* Who may use it, unless the values say: bots of the namespaces that are watched, where those are listed. */}}
{{- if not $spec.allowedNamespaces -}}
{{- $spec = unset $spec "allowedNamespaces" -}}
{{- if not .Values.watch.allNamespaces -}}
{{- $spec = set $spec "allowedNamespaces" (dict "names" (include "botpod.namespaces" . | fromJsonArray)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}
