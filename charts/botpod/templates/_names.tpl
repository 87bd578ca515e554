{{/* Names, labels and selectors. A selector never has a version: it can't change while the object lives. */}}

{{- define "botpod.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "botpod.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "botpod.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "botpod.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The prefix of what has no namespace: two releases of one name in two namespaces don't meet. */}}
{{- define "botpod.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "botpod.fullname" .) -}}
{{- end -}}

{{- define "botpod.serviceAccount" -}}
{{- default (printf "%s-operator" (include "botpod.fullname" .)) .Values.operator.serviceAccount.name -}}
{{- end -}}

{{- define "botpod.leaseName" -}}
{{- default (printf "%s-operator" (include "botpod.fullname" .)) .Values.operator.leaderElection.leaseName -}}
{{- end -}}

{{/* Called with (dict "root" . "component" "operator"). */}}
{{- define "botpod.selector" -}}
app.kubernetes.io/name: {{ include "botpod.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "botpod.labels" -}}
{{ include "botpod.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: botpod
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* No version on pods: an upgrade that changes nothing about them restarts none. */}}
{{- define "botpod.podLabels" -}}
{{ include "botpod.selector" . }}
app.kubernetes.io/part-of: botpod
{{- end -}}
