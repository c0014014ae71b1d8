{{- /* Each of these changes the object that it is given, and writes nothing. */}}

{{- define "wechat-c4c.labelled" }}
{{- $labels := dict "app.kubernetes.io/managed-by" .root.Release.Service "app.kubernetes.io/instance" .root.Release.Name "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version) }}
{{- $_ := set .object.metadata "labels" (merge (.object.metadata.labels | default dict) $labels) }}
{{- end }}

{{- define "wechat-c4c.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "wechat-c4c.workload" }}
{{- $pod := .object.spec.template.spec }}
{{- $settings := include "wechat-c4c.settings" .root | sha256sum }}
{{- $_ := set .object.spec.template.metadata "annotations" (merge (.object.spec.template.metadata.annotations | default dict) (dict "checksum/settings" $settings)) }}
{{- range $container := concat ($pod.initContainers | default list) $pod.containers }}
{{- $_ := set $container "image" (include "wechat-c4c.image" $.root) }}
{{- $_ := set $container "imagePullPolicy" $.root.Values.image.pullPolicy }}
{{- with $.root.Values.temporalAPIKey.secret }}
{{- $from := dict "secretKeyRef" (dict "name" . "key" $.root.Values.temporalAPIKey.key) }}
{{- $_ := set $container "env" (append ($container.env | default list) (dict "name" "TEMPORAL_API_KEY" "valueFrom" $from)) }}
{{- end }}
{{- end }}
{{- with .root.Values.image.pullSecrets }}
{{- $_ := set $pod "imagePullSecrets" . }}
{{- end }}
{{- if hasKey .own "replicas" }}
{{- $_ := set .object.spec "replicas" (int .own.replicas) }}
{{- end }}
{{- with .own.resources }}
{{- $_ := set (first $pod.containers) "resources" . }}
{{- end }}
{{- if and (eq .object.metadata.name "api") .root.Values.spool.claim }}
{{- include "wechat-c4c.claimed" . }}
{{- end }}
{{- end }}

{{- /* The api as a StatefulSet, with a volume claim for the spool of each replica. */}}
{{- define "wechat-c4c.claimed" }}
{{- $pod := .object.spec.template.spec }}
{{- $others := list }}
{{- range $pod.volumes }}{{ if ne .name "spool" }}{{ $others = append $others . }}{{ end }}{{ end }}
{{- $_ := set $pod "volumes" $others }}
{{- $_ := set .object "kind" "StatefulSet" }}
{{- $_ := unset .object.spec "strategy" }}
{{- $_ := set .object.spec "serviceName" "api" }}
{{- $_ := set .object.spec "podManagementPolicy" "Parallel" }}
{{- $claim := dict "accessModes" (list "ReadWriteOncePod") "resources" (dict "requests" (dict "storage" .root.Values.spool.size)) }}
{{- with .root.Values.spool.storageClassName }}{{ $_ := set $claim "storageClassName" . }}{{ end }}
{{- $_ := set .object.spec "volumeClaimTemplates" (list (dict "metadata" (dict "name" "spool") "spec" $claim)) }}
{{- end }}

{{- define "wechat-c4c.autoscaler" }}
{{- range $bound := list "minReplicas" "maxReplicas" }}
{{- if hasKey $.own $bound }}{{ $_ := set $.object.spec $bound (int (index $.own $bound)) }}{{ end }}
{{- end }}
{{- if gt (int .object.spec.minReplicas) (int .object.spec.maxReplicas) }}
{{- fail (printf "%s.minReplicas is %d, and maxReplicas is %d: raise maxReplicas" .object.metadata.name (int .object.spec.minReplicas) (int .object.spec.maxReplicas)) }}
{{- end }}
{{- if hasKey .own "replicas" }}
{{- fail (printf "%s.replicas: an autoscaler decides; set %s.minReplicas and %s.maxReplicas" .object.metadata.name .object.metadata.name .object.metadata.name) }}
{{- end }}
{{- if and (eq .object.metadata.name "api") .root.Values.spool.claim }}
{{- $_ := set .object.spec.scaleTargetRef "kind" "StatefulSet" }}
{{- end }}
{{- end }}

{{- /* A file of "NAME=value" lines, with more over it, as YAML. */}}
{{- define "wechat-c4c.env" }}
{{- $all := dict }}
{{- range $line := splitList "\n" .file }}
{{- if and $line (not (hasPrefix "#" $line)) }}
{{- $pair := splitn "=" 2 $line }}
{{- $_ := set $all $pair._0 $pair._1 }}
{{- end }}
{{- end }}
{{- range $name, $value := .more }}{{ $_ := set $all $name (toString $value) }}{{ end }}
{{- toYaml $all }}
{{- end }}

{{- define "wechat-c4c.settings" }}
{{- include "wechat-c4c.env" (dict "file" (.Files.Get "manifests/settings.env") "more" .Values.settings) }}
{{ include "wechat-c4c.env" (dict "file" (.Files.Get "manifests/secret-files.env") "more" .Values.secretFiles) }}
{{- end }}
