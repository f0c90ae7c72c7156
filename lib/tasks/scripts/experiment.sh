# shellcheck shell=dash
# The state of an experiment, in whichever version of iter8's API. Needs kubectl.sh.

# Set once the run's experiment is known.
experiment=
experiment_uid=
: >"$scratch/state"
: >"$scratch/networking"

# read_experiment: reads its state into a file. Tells whether it exists and is the one of this run, not another one of
# the same name.
read_experiment() {
	local found=0
	: >"$scratch/state.new"
	[ -n "$experiment" ] || found=$not_found
	[ "$found" != 0 ] || kube get "$ITER8_RESOURCE" "$experiment" -o go-template="$ITER8_STATE" >"$scratch/state.new" || found=$?
	mv "$scratch/state.new" "$scratch/state"
	if [ "$found" = 0 ] && [ -n "$experiment_uid" ] && [ "$(state uid)" != "$experiment_uid" ]; then
		: >"$scratch/state"
		: >"$scratch/networking"
		found=$not_found
	fi
	[ "$found" != 0 ] || sed -n '/^host /p; /^port /p' "$scratch/state" >"$scratch/networking"
	return "$found"
}

# experiment_of_run: name and uid of the one that has the run's label.
experiment_of_run() {
	kube get "$ITER8_RESOURCE" -l "cdk8s-iter8/run=$RUN" -o go-template='{{range .items}}{{.metadata.name}} {{.metadata.uid}}
{{end}}'
}

# state KEY: what was read last.
state() { told_in "$scratch/state" "$1"; }

# in_progress NAME: whether another experiment that has the routing has not ended. One with another namespace behind its name
# can't be seen; iter8 gives the routing free when it has ended.
in_progress() {
	local found=0
	kube get "$ITER8_RESOURCE" "$1" -o go-template="$ITER8_STATE" >"$scratch/other" || found=$?
	case $found:$1 in
	0:*) [ "$(told_in "$scratch/other" completed)" != True ] ;;
	*:*.*) ;;
	*) return 1 ;;
	esac
}

completed() { [ "$(state completed)" = True ]; }

# weight VERSION: baseline or candidate, in percent. Absent means 0.
weight() {
	local value
	value=$(state "$1-weight")
	case $value in '' | *[!0-9]*) printf 0 ;; *) printf '%s' "$value" ;; esac
}

# asked_for: what a person or the pipeline wants and iter8 has not taken up: pause, resume, end, or nothing.
asked_for() {
	case $(state override) in
	terminate | override_*) printf end ;;
	pause | resume) state override ;;
	esac
}

# paused_by_person: iter8 says so in its message, and keeps it until somebody resumes.
paused_by_person() {
	[ "$(asked_for)" != pause ] || return 0
	case $(state message) in '"ActionPause'* | '"Pause'*) [ "$(state phase)" = Pause ] ;; *) return 1 ;; esac
}

# override PATCH: has the experiment go on, or end. iter8 does not notice the same request twice, so an old one that it
# did not take up is removed first. Nothing happens when somebody has changed the experiment since it was read.
override() {
	local version
	version=$(state version)
	if [ -n "$(state override)" ]; then
		version=$(kube patch "$ITER8_RESOURCE" "$experiment" --type merge -p "$(at_version "$version" "$ITER8_CLEAR")" -o go-template='{{.metadata.resourceVersion}}') ||
			return
	fi
	kube patch "$ITER8_RESOURCE" "$experiment" --type merge -p "$(at_version "$version" "$1")" >/dev/null
}

# at_version VERSION PATCH: a merge patch that is refused where the object has another version.
at_version() { printf '{"metadata":{"resourceVersion":"%s"},%s' "$1" "${2#?}"; }
