# shellcheck shell=dash
# PipelineRuns, the run's own and others. Needs kubectl.sh.

# The run's own, as NAMESPACE/NAME.
: "${PIPELINE_RUN:=}"
[ -z "$PIPELINE_RUN" ] || check_pipeline_run

# look_at NAMESPACE/NAME TEMPLATE: what can be seen of a PipelineRun. Who may not see it does without.
look_at() {
	(kube get pipelineruns.tekton.dev "${1#*/}" --namespace "${1%/*}" -o go-template="$2" 2>/dev/null) || {
		set -- $?
		rm -f "$told"
		return "$1"
	}
}
