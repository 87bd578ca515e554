{{/* "true" where a part of the monitoring is wanted; called with (dict "root" . "create" …). Auto: where there is the
     Prometheus Operator, whose API `helm template` only knows of by --api-versions. */}}
{{- define "botpod.monitored" -}}
{{- if or (eq .create "Always") (and (eq .create "Auto") (.root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}
true
{{- end -}}
{{- end -}}

{{- define "botpod.labelLimits" -}}
labelLimit: 32
labelNameLengthLimit: 128
labelValueLengthLimit: 512
{{- end -}}
