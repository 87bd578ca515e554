{{/* Of what a component's ConfigMap holds, not of its labels: these have the version, which would restart the pods. */}}
{{- define "botpod.configDigest" -}}
{{- $file := printf "%s/%s/configmap.yaml" .root.Template.BasePath .component -}}
{{- (include $file .root | fromYaml).data | toYaml | sha256sum -}}
{{- end -}}

{{/* Where pods go, as a component's values say; nothing where they say nothing. Called with those values. */}}
{{- define "botpod.placement" -}}
{{- range $field := list "imagePullSecrets" "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $ $field }}
{{ $field }}: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the restricted Pod Security level asks of a pod and of a container; called with the user id. */}}

{{- define "botpod.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "botpod.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}
