{{/* The namespaces that the operator watches: its own and those told, as JSON. */}}
{{- define "botpod.namespaces" -}}
{{- prepend .Values.watch.namespaces .Release.Namespace | uniq | toJson -}}
{{- end -}}
