# shellcheck shell=dash
# What all steps share: messages, results, checks of params, time.

# Seconds between two looks at something that is waited for.
: "${POLL_SECONDS:=2}"

line_break='
'

say() { printf '%s\n' "$*"; }

# What else a step does with the reason why it failed; lease.sh has it noted for the run's finally.
note_failure() { :; }

# Says in the last line of a step that failed what failed, and what to do about it. In a command substitution it ends that
# one only: BusyBox's shell goes on in a function that stands in another substitution or in a condition, so what is set to
# such a value has to be followed by `|| exit`.
fail() {
	note_failure "$*"
	printf 'ERROR: %s\n' "$*" >&2
	: >"$told"
	exit 1
}

# fail_later: leaves a failure to the next step, which has kubectl, with which to note it for the run's finally.
fail_later() {
	rm -f "$WORK/failure"
	note_failure() {
		printf '%s' "$1" >"$WORK/failure"
		printf 'ERROR: %s\n' "$1" >&2
		exit 0
	}
}

# fail_now: in the next step, once it can note a failure that was left to it.
fail_now() { [ ! -s "$WORK/failure" ] || fail "$(cat "$WORK/failure")"; }

# A step that ends because a program failed of which nobody thought has to say so too.
told=${TMPDIR:-/tmp}/told.$$
trap 'end_of_step $?' EXIT
end_of_step() {
	[ "$1" = 0 ] || [ -e "$told" ] || printf 'ERROR: this step ended unexpectedly, with status %s; the lines above say while doing what\n' "$1" >&2
	rm -f "$told"
}

now() { date +%s; }

pause() { sleep "$POLL_SECONDS"; }

# result FILE VALUE: a result is one line, without an end of line, which would become part of it. All results of a task
# share 4 KiB, as JSON in which Tekton writes some characters as six.
result() {
	if [ -z "$2" ]; then
		: >"$1"
	else
		printf '%s' "$2" | LC_ALL=C tr '\n\t<>&' '  ()+' | LC_ALL=C tr -d '[:cntrl:]' | cut -c 1-600 | tr -d '\n' >"$1"
	fi
}

# told_in FILE KEY: the rest of the first line that begins with this word.
told_in() {
	local key value
	while read -r key value; do
		if [ "$key" = "$2" ]; then
			printf '%s' "$value"
			return
		fi
	done <"$1"
}

# shown VALUE: a value as it can stand in a message.
shown() { printf '%s' "$1" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-100; }

# shellcheck disable=SC2034
whole_commit='[0-9a-f]{40}|[0-9a-f]{64}'

# Arithmetic reads one that begins with a zero as octal, or not at all.
whole_number='0|[1-9][0-9]{0,8}'
whole_number_expected='a whole number without leading zeros, of at most nine digits'

# matches VALUE REGEX: whether the whole value is of this form. One with a line break never is.
matches() {
	case $1 in *"$line_break"*) return 1 ;; esac
	printf '%s\n' "$1" | LC_ALL=C grep -Eq "^($2)\$"
}

# check PARAM VALUE REGEX EXPECTED [LONGEST]: a length stands beside the regex, in which it takes grep long.
check() {
	matches "$2" "$3" || fail "param $1 is '$(shown "$2")'; expected $4"
	[ "${#2}" -le "${5:-4096}" ] || fail "param $1 is '$(shown "$2")'…, of ${#2} characters; expected at most ${5:-4096}"
}

label_expected='at most 63 lower-case letters, digits and "-", with a letter or digit at both ends'

check_label() { check "$1" "$2" '[a-z0-9]([-a-z0-9]*[a-z0-9])?' "$label_expected" 63; }

# check_deployment NAME: one of a Deployment, with room for the commit.
check_deployment() {
	check deployment "$1" '[a-z0-9]([-a-z0-9]*[a-z0-9])?' 'at most 52 lower-case letters, digits and "-"' 52
}

object_name='[a-z0-9]([-a-z0-9.]*[a-z0-9])?'

check_name() {
	check "$1" "$2" "$object_name" \
		'a name of a Kubernetes object: lower-case letters, digits, "-" and "."' 253
}

check_run() { check run "$RUN" '[a-z0-9][-a-z0-9]*' 'the uid of the PipelineRun' 57; }

check_pipeline_run() {
	check pipeline-run "$PIPELINE_RUN" '[a-z0-9][-a-z0-9]*/[a-z0-9][-a-z0-9.]*' \
		'the namespace and the name of the PipelineRun, with / between' 317
}

check_number() { check "$1" "$2" "$whole_number" "$whole_number_expected"; }

# check_path PARAM VALUE: a path inside the repository.
check_path() {
	check "$1" "$2" '[A-Za-z0-9._/@+-]+' 'a path of letters, digits and . _ / @ + -' 255
	case "/$2/" in
	//* | */../* | */-*) fail "param $1 is '$(shown "$2")'; expected a path inside the repository, no part of which is .. or begins with -" ;;
	esac
}

# optional CHECK PARAM VALUE: nothing, or what the check allows.
optional() {
	[ -z "$3" ] || "$@"
}
