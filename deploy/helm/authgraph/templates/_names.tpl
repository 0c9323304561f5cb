{{- define "authgraph.name" -}}
{{- .Values.nameOverride | default (printf "%s-authgraph" .Release.Name) | trunc 55 | trimSuffix "-" -}}
{{- end -}}

{{- define "authgraph.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "authgraph.labels" -}}
{{ include "authgraph.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "authgraph.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "authgraph.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "authgraph.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}
