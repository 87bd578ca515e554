{{/* What bounds the operator beyond its rights: RBAC knows kinds and verbs, and these what is in an object. */}}
{{- define "botpod.bounded" -}}
{{- if and .Values.operatorBounds.enabled (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) }}true{{ end -}}
{{- end -}}

{{/* One policy and its binding. Called with (dict "root" . "name" "tokens" "spec" (resourceRules … validations)). */}}
{{- define "botpod.bound" -}}
{{- $labels := include "botpod.labels" (dict "root" .root "component" "operator") -}}
{{- $name := printf "%s-bounds-%s" (include "botpod.clusterName" .root) .name -}}
{{- $who := printf "system:serviceaccount:%s:%s" .root.Release.Namespace (include "botpod.serviceAccount" .root) -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name }}
  labels: {{- $labels | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConditions:
    - name: is-the-operator
      expression: request.userInfo.username == {{ $who | squote }}
  {{- .spec | nindent 2 }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels: {{- $labels | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny, Audit]
{{- end -}}

{{/* Audiences that the operator may have tokens made for: those told, the default class's, those of the classes there are. */}}
{{- define "botpod.audiences" -}}
{{- $found := concat (list "vault") .Values.operatorBounds.audiences -}}
{{- $found = append $found (dig "vault" "audience" "vault" .Values.defaultClass) -}}
{{- if .Capabilities.APIVersions.Has "botpod.dev/v1alpha1/BotClass" -}}
{{- range (lookup "botpod.dev/v1alpha1" "BotClass" "" "").items -}}
{{- $found = append $found (dig "spec" "vault" "audience" "vault" .) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end -}}
