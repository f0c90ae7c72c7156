# shellcheck shell=dash
# The state of an experiment, in whichever version of iter8's API. Needs kubectl.sh.

# Set once the run's experiment is known.
experiment=
: >"$scratch/state"

# read_experiment: reads its state into a file. Tells whether it exists and is the one of this run, not another one of
# the same name.
read_experiment() {
	local found=0
	: >"$scratch/state.new"
	[ -n "$experiment" ] || found=$not_found
	[ "$found" != 0 ] || kube get "$ITER8_RESOURCE" "$experiment" -o go-template="$ITER8_STATE" >"$scratch/state.new" || found=$?
	mv "$scratch/state.new" "$scratch/state"
	[ "$found" = 0 ] || return "$found"
	[ -z "$experiment_uid" ] || [ "$(state uid)" = "$experiment_uid" ] || return "$not_found"
}

# state KEY: what was read last.
state() { sed -n "/^$1 /{s///p;q;}" "$scratch/state"; }

completed() { [ "$(state completed)" = True ]; }

# weight VERSION: baseline or candidate, in percent. Absent means 0.
weight() {
	local value
	value=$(state "$1-weight")
	if matches "$value" '[0-9]{1,3}'; then printf '%s' "$value"; else printf 0; fi
}

# ended_by_person: whether somebody asked for the end; the pipeline records when it does so itself.
ended_by_person() { case $(state override) in terminate | override_*) ;; *) return 1 ;; esac }

# paused_by_person: iter8 says so in its message, and keeps it until somebody resumes.
paused_by_person() {
	case $(state message) in '"ActionPause'* | '"Pause'*) [ "$(state phase)" = Pause ] ;; *) return 1 ;; esac
}

# override PATCH: has the experiment go on, or end. iter8 does not notice the same request twice, so an old one that it
# did not take up is removed first.
override() {
	[ -z "$(state override)" ] || kube patch "$ITER8_RESOURCE" "$experiment" --type merge -p "$ITER8_CLEAR" >/dev/null || return
	kube patch "$ITER8_RESOURCE" "$experiment" --type merge -p "$1" >/dev/null
}
