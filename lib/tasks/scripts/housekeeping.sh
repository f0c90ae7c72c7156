#!/bin/sh
# shellcheck shell=dash source-path=SCRIPTDIR
# The step of HousekeepingTask: of the Pipeline's finished runs, and of the finished experiments of the service whose
# candidate is gone, keeps the newest ones. The run that does it is one of them.
set -eu
. "$(dirname "$0")/common.sh"

check_label namespace "$NAMESPACE"
check_label service "$SERVICE"
check_run
check_pipeline_run
check pipeline "$PIPELINE" '[a-z0-9][-a-z0-9.]*' 'the name of the Pipeline' 63
check history-limit "$HISTORY_LIMIT" '[1-9][0-9]*' 'a whole number of at least 1' 6

. "$(dirname "$0")/kubectl.sh"

pipeline_namespace=${PIPELINE_RUN%/*}

# Go template for PipelineRuns: when each began, its name, and "own" or how it ended.
runs_template='{{range .items}}{{$run := .metadata}}{{if eq $run.uid "'$RUN'"}}{{$run.creationTimestamp}} {{$run.name}} own
{{else if not $run.deletionTimestamp}}{{with .status}}{{range .conditions}}{{if and (eq .type "Succeeded") (ne .status "Unknown")}}{{$run.creationTimestamp}} {{$run.name}} {{.status}}
{{end}}{{end}}{{end}}{{end}}{{end}}'

# Go template for experiments: a line that begins each, and what can be said of any.
experiments_template="{{range .items}}began {{.metadata.creationTimestamp}}
name {{.metadata.name}}
run {{with .metadata.labels}}{{with index . \"cdk8s-iter8/run\"}}{{.}}{{end}}{{end}}
$ITER8_STATE
end
{{end}}"

# older: of lines that begin with a time, those that are not among the newest ones.
older() { LC_ALL=C sort -r | tail -n "+$((HISTORY_LIMIT + 1))"; }

remove_runs() {
	kube get pipelineruns.tekton.dev --namespace "$pipeline_namespace" -l "tekton.dev/pipeline=$PIPELINE" \
		-o go-template="$runs_template" >"$scratch/runs"
	older <"$scratch/runs" | while read -r _ name state; do
		[ "$state" != own ] || continue
		say "deleting run $name"
		kube delete pipelineruns.tekton.dev "$name" --namespace "$pipeline_namespace" --wait=false >/dev/null || missing $?
	done
}

# remove_experiments: only those that a run has made. What is live, or was kept, can still be looked up.
remove_experiments() {
	kube get deployments -o go-template='{{range .items}}{{.metadata.name}}
{{end}}' >"$scratch/deployments"
	kube get "$ITER8_RESOURCE" -o go-template="$experiments_template" >"$scratch/experiments"
	awk -v service="$SERVICE" -v own="$RUN" '
		$1 == "end" {
			if (fact["service"] == service && fact["run"] != "" && (fact["completed"] == "True" || fact["run"] == own))
				print fact["began"], fact["name"], (fact["run"] == own ? "own" : fact["candidate"])
			split("", fact)
			next
		}
		{ fact[$1] = $2 }
	' "$scratch/experiments" | older | while read -r _ name candidate; do
		[ "$candidate" != own ] && ! grep -Fqx -- "$candidate" "$scratch/deployments" || continue
		say "deleting experiment $name, whose candidate $candidate is gone"
		kube delete "$ITER8_RESOURCE" "$name" --wait=false >/dev/null || missing $?
	done
}

remove_runs
remove_experiments
say "the last $HISTORY_LIMIT runs and experiments are kept"
