{{/* The spec of the BotClass "default": the values, and the evaluation databases where they are on. */}}
{{- define "botpod.defaultClass" -}}
{{- $spec := omit .Values.defaultClass "enabled" | deepCopy -}}
{{- $_ := required "defaultClass.image: name the bot's image, or set defaultClass.enabled=false" $spec.image -}}
{{- $state := default dict $spec.state -}}
{{- if and .Values.redis.enabled (not $state.redis) -}}
{{- $secret := fromYaml (include "botpod.passwordRef" (dict "root" . "component" "redis")) -}}
{{- $url := printf "redis://%s-redis.%s.svc:6379/0" (include "botpod.fullname" .) .Release.Namespace -}}
{{- $state = set $state "redis" (dict "url" $url "passwordSecretRef" $secret) -}}
{{- end -}}
{{- if and .Values.postgresql.enabled (not $state.postgresql) -}}
{{- $secret := fromYaml (include "botpod.passwordRef" (dict "root" . "component" "postgresql")) -}}
{{- $url := printf "postgresql://botpod@%s-postgresql.%s.svc:5432/botpod" (include "botpod.fullname" .) .Release.Namespace -}}
{{- $state = set $state "postgresql" (dict "url" $url "passwordSecretRef" $secret) -}}
{{- end -}}
{{- if $state -}}
{{- $spec = set $spec "state" $state -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}
