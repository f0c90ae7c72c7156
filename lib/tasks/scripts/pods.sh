# shellcheck shell=dash
# What keeps a Deployment from being ready. Needs kubectl.sh.

# pods DEPLOYMENT LABELS: a line for each thing that keeps one of its pods, or the Deployment itself, from being ready.
pods() {
	kube get deployment "$1" -o go-template='{{range .status.conditions}}{{if eq .status "False"}}{{if eq .type "Available"}}{{else}}{{.type}}: {{.reason}}: {{.message}}
{{end}}{{else if eq .type "ReplicaFailure"}}{{.reason}}: {{.message}}
{{end}}{{end}}'
	kube get pods -l "$(printf '%s' "$2" | tr ' ' ',')" -o go-template='{{range .items}}{{$pod := .metadata.name}}{{range .status.conditions}}{{if eq .type "PodScheduled"}}{{if eq .status "False"}}{{$pod}}: {{.reason}}: {{.message}}
{{end}}{{end}}{{end}}{{range .status.initContainerStatuses}}{{with .state.waiting}}{{$pod}}: {{.reason}}: {{.message}}
{{end}}{{end}}{{range .status.containerStatuses}}{{$container := .name}}{{with .state.waiting}}{{$pod}}, container {{$container}}: {{.reason}}{{with .message}}: {{.}}{{end}}
{{end}}{{with .lastState.terminated}}{{$pod}}, container {{$container}}: ended with status {{.exitCode}}, {{.reason}}
{{end}}{{if .ready}}{{else}}{{with .state.running}}{{$pod}}, container {{$container}}: runs, but its readiness probe fails
{{end}}{{end}}{{end}}{{end}}'
}
