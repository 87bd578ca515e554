{{/* In come the bots of the watched namespaces and the operator, who makes their accounts, out goes nothing; (dict "root" . "component" "redis" "port" 6379). */}}
{{- define "botpod.databasePolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "botpod.fullname" .root }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "botpod.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "botpod.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports:
        - {port: {{ .port }}, protocol: TCP}
      from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/component: bot
              app.kubernetes.io/managed-by: botpod-operator
          {{- if .root.Values.watch.allNamespaces }}
          namespaceSelector: {}
          {{- else }}
          namespaceSelector:
            matchExpressions:
              - key: kubernetes.io/metadata.name
                operator: In
                values: {{ include "botpod.namespaces" .root }}
          {{- end }}
        - podSelector:
            matchLabels: {{- include "botpod.selector" (dict "root" .root "component" "operator") | nindent 14 }}
  egress: []
{{- end -}}
