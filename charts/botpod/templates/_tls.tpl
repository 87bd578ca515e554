{{/*
Whether an evaluation database speaks TLS and nothing else; called with (dict "root" . "component" "redis"). Auto:
yes, unless it is there and speaks plain text: bots that run would no longer reach it.
*/}}
{{- define "botpod.tls" -}}
{{- $mode := dig "tls" "mode" "Auto" (default dict .root.Values.databases) -}}
{{- $name := printf "%s-%s" (include "botpod.fullname" .root) .component -}}
{{- $before := lookup "v1" "ConfigMap" .root.Release.Namespace $name -}}
{{- $kept := or (not $before) (hasKey (default dict $before.data) "ca.crt") -}}
{{- or (eq $mode "Always") (and (eq $mode "Auto") $kept) -}}
{{- end -}}

{{/* The name of a Secret that was brought along with a database's certificate, or nothing. */}}
{{- define "botpod.ownCertificate" -}}
{{- dig "tls" "existingSecret" "name" "" (index .root.Values .component) -}}
{{- end -}}

{{- define "botpod.certificateSecretName" -}}
{{- default (printf "%s-%s-tls" (include "botpod.fullname" .root) .component) (include "botpod.ownCertificate" .) -}}
{{- end -}}

{{/* Data of a Secret in the release's namespace, as YAML; empty where there is none, or Helm can't look. */}}
{{- define "botpod.secretData" -}}
{{- default dict (lookup "v1" "Secret" .root.Release.Namespace .name).data | toYaml -}}
{{- end -}}

{{/*
A certificate, its key and its CA's certificate, as data of a Secret: what an upgrade finds is kept. The key of the
CA is written nowhere. Several templates ask for them, so what was made once is kept in the root for all of them.
*/}}
{{- define "botpod.certificate" -}}
{{- $secret := include "botpod.certificateSecretName" . -}}
{{- $made := default dict (get .root "botpodCertificates") -}}
{{- if not (hasKey $made $secret) -}}
{{- $data := pick (include "botpod.secretData" (dict "root" .root "name" $secret) | fromYaml) "tls.crt" "tls.key" "ca.crt" -}}
{{- if ne (len $data) 3 -}}
{{- $service := printf "%s-%s" (include "botpod.fullname" .root) .component -}}
{{- $inside := printf "%s.%s" $service .root.Release.Namespace -}}
{{- $names := list $service $inside (printf "%s.svc" $inside) (printf "%s.svc.cluster.local" $inside) "localhost" -}}
{{- $days := 3650 -}}
{{- $ca := genCAWithKey (printf "%s CA" $service) $days (genPrivateKey "ecdsa") -}}
{{- $own := genSignedCertWithKey $service (list "127.0.0.1") $names $days $ca (genPrivateKey "ecdsa") -}}
{{- $data = dict "tls.crt" (b64enc $own.Cert) "tls.key" (b64enc $own.Key) "ca.crt" (b64enc $ca.Cert) -}}
{{- end -}}
{{- $_ := set .root "botpodCertificates" (set $made $secret $data) -}}
{{- end -}}
{{- index (get .root "botpodCertificates") $secret | toYaml -}}
{{- end -}}

{{/* The certificates (PEM) by which a database is known, for the class and for the probes. */}}
{{- define "botpod.databaseCA" -}}
{{- $own := include "botpod.ownCertificate" . -}}
{{- $told := dig "tls" "caBundle" "" (index .root.Values .component) -}}
{{- $hint := printf "%s.tls.caBundle: paste the CA's certificates (PEM); Helm finds no ca.crt in Secret %s of namespace %s" .component $own .root.Release.Namespace -}}
{{- if not $own -}}
{{- index (include "botpod.certificate" . | fromYaml) "ca.crt" | b64dec | trim -}}
{{- else if $told -}}
{{- trim $told -}}
{{- else -}}
{{- get (include "botpod.secretData" (dict "root" .root "name" $own) | fromYaml) "ca.crt" | required $hint | b64dec | trim -}}
{{- end -}}
{{- end -}}

{{/* By what the bots of the default class know a database; nothing where it speaks plain text. */}}
{{- define "botpod.databaseTrust" -}}
{{- if eq (include "botpod.tls" .) "true" -}}
{{- dict "caBundle" (include "botpod.databaseCA" .) | toYaml -}}
{{- end -}}
{{- end -}}

{{/* A Secret with the certificate, where none was brought along. */}}
{{- define "botpod.certificateSecret" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "botpod.certificateSecretName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "botpod.labels" . | nindent 4 }}
type: kubernetes.io/tls
data: {{- include "botpod.certificate" . | nindent 2 }}
{{- end -}}

{{/* The volume of a database's pod with its certificate and key, for its user's group alone. */}}
{{- define "botpod.certificateVolume" -}}
- name: tls
  secret:
    secretName: {{ include "botpod.certificateSecretName" . }}
    defaultMode: 0440
    items:
      - {key: tls.crt, path: tls.crt}
      - {key: tls.key, path: tls.key}
{{- end -}}
