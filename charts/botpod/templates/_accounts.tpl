{{/*
Whether the operator makes an account for each bot in an evaluation database; called with (dict "root" .
"component" "redis"). Auto: yes, unless the database is of a release before there were accounts, whose bots may
have an image that knows none.
*/}}
{{- define "botpod.accounts" -}}
{{- $mode := default "Auto" (default dict .root.Values.accounts).mode -}}
{{- $name := printf "%s-%s" (include "botpod.fullname" .root) .component -}}
{{- $before := lookup "v1" "ConfigMap" .root.Release.Namespace $name -}}
{{- $kept := or (not $before) (eq (get (default dict $before.data) "accounts") "true") -}}
{{- or (eq $mode "Always") (and (eq $mode "Auto") $kept) -}}
{{- end -}}

{{/* How the bots of the default class log in to an evaluation database. */}}
{{- define "botpod.databaseLogin" -}}
{{- $ref := fromYaml (include "botpod.passwordRef" .) -}}
{{- $user := ternary "default" "botpod" (eq .component "redis") -}}
{{- if eq (include "botpod.accounts" .) "true" -}}
{{- dict "admin" (dict "user" $user "passwordSecretRef" $ref) | toYaml -}}
{{- else -}}
{{- dict "passwordSecretRef" $ref | toYaml -}}
{{- end -}}
{{- end -}}
