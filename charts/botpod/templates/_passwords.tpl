{{/* The Secret and key that hold a database's password; called with (dict "root" . "component" "redis"). */}}
{{- define "botpod.passwordRef" -}}
{{- $given := (index .root.Values .component).existingSecret -}}
name: {{ default (printf "%s-%s" (include "botpod.fullname" .root) .component) $given.name }}
key: {{ default "password" $given.key }}
{{- end -}}

{{/* A Secret with a password that is made once: an upgrade finds and keeps it. */}}
{{- define "botpod.passwordSecret" -}}
{{- $name := printf "%s-%s" (include "botpod.fullname" .root) .component -}}
{{- $before := lookup "v1" "Secret" .root.Release.Namespace $name -}}
{{- $password := randAlphaNum 32 | b64enc -}}
{{- with $before -}}
{{- $password = default $password (get (default dict .data) "password") -}}
{{- end -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "botpod.labels" . | nindent 4 }}
type: Opaque
data:
  password: {{ $password }}
{{- end -}}
