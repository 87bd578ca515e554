{{/* Of what a component's ConfigMap holds, not of its labels: these have the version, which would restart the pods. */}}
{{- define "botpod.configDigest" -}}
{{- $file := printf "%s/%s/configmap.yaml" .root.Template.BasePath .component -}}
{{- (include $file .root | fromYaml).data | toYaml | sha256sum -}}
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
