# shellcheck shell=dash
# The Lease of a service: which run may change its versions, and what that run has done so far. Needs kubectl.sh.
#
# One run at a time holds it, from before the baseline is looked up until traffic is where it belongs. What the run does
# is recorded in annotations, so that whoever comes next, a later task of the run or the next run, can finish its work.
# Runs that wait stand in annotations too. Every change is made to the version that was read, or not at all.
#
# The holder renews the lease while it waits for something. Between two of its tasks nobody does, and tasks of the user's
# own may take any time there; so the lease is the holder's for as long as its PipelineRun has not ended. Who may not look
# at that PipelineRun goes by the time in the lease.

: "${LEASE_SECONDS:=60}"
# Between two tasks of a run nobody renews: pods are scheduled, images are pulled.
: "${HANDOVER_SECONDS:=300}"
: "${QUEUE_SECONDS:=3600}"
# What happens to runs that come while another one holds the lease: queue, cancelOlder or rejectNewer.
: "${CONCURRENCY:=queue}"
lease=cdk8s-iter8-$SERVICE
notes=cdk8s-iter8
renewed=0
# Set where a run begins, as NAMESPACE/NAME.
: "${PIPELINE_RUN:=}"
: >"$scratch/lease"

# Go template for the Lease, a line for each fact.
lease_template='version {{.metadata.resourceVersion}}
holder {{with .spec}}{{with .holderIdentity}}{{.}}{{end}}{{end}}
{{range $key, $value := .metadata.annotations}}{{$key}} {{$value}}
{{end}}'

# read_lease: tells whether there is one.
read_lease() {
	local found=0
	kube get lease "$lease" -o go-template="$lease_template" >"$scratch/lease.new" || found=$?
	[ "$found" = 0 ] || : >"$scratch/lease.new"
	mv "$scratch/lease.new" "$scratch/lease"
	return "$found"
}

# lease_field KEY: what was read last.
lease_field() { sed -n "\\#^$1 #{s///p;q;}" "$scratch/lease"; }

# recorded KEY: what the run that holds the lease has recorded.
recorded() { lease_field "$notes/$1"; }

held() { [ "$(lease_field holder)" = "$RUN" ]; }

# lease_change HOLDER SECONDS MEMBERS: the merge patch that gives the lease to a holder for some time.
lease_change() {
	printf '{"metadata":{"resourceVersion":%s,"annotations":{"%s/until":"%d"%s}},"spec":{"holderIdentity":"%s","leaseDurationSeconds":%d,"renewTime":"%s"}}' \
		"\"$(lease_field version)\"" "$notes" "$(($(now) + $2))" "${3:+,$3}" "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%S.000000Z)"
}

# write_lease HOLDER SECONDS MEMBERS: tells by its status whether somebody else was faster.
write_lease() {
	kube patch lease "$lease" --type merge -p "$(lease_change "$@")" -o go-template="$lease_template" >"$scratch/lease.new" || return
	mv "$scratch/lease.new" "$scratch/lease"
	renewed=$(now)
}

# keep_lease SECONDS MEMBERS: for the holder; fails the step when another run has taken the lease.
keep_lease() {
	while ! { held && write_lease "$RUN" "$1" "${2:-}"; }; do
		{ read_lease && held; } ||
			fail "another run holds the lease $lease now, because this one did not renew it in time; nothing more was changed; run the pipeline again"
	done
}

# record KEY VALUE ...: notes what the run has done; an empty value removes a note.
record() { record_for "$LEASE_SECONDS" "$@"; }

# record_for SECONDS KEY VALUE ...: the same, and keeps the lease for this time.
record_for() {
	local list='' seconds=$1
	shift
	while [ $# -gt 1 ]; do
		list="$list${list:+,}$(members "$notes/$1" "$2")"
		shift 2
	done
	keep_lease "$seconds" "$list"
}

# For the holder only, and without waiting for an API server that may be the reason of the failure.
note_failure() {
	[ "$renewed" != 0 ] || return 0
	kubectl --namespace "$NAMESPACE" --request-timeout 5s patch lease "$lease" --type merge \
		-p "{\"metadata\":{\"annotations\":{$(members "$notes/because" "$1")}}}" >/dev/null 2>&1 || :
}

# renew: keeps the lease while something is waited for; to be called all the time.
renew() { [ "$(now)" -lt $((renewed + LEASE_SECONDS / 4)) ] || keep_lease "$LEASE_SECONDS"; }

# hand_over: keeps the lease until the next task of the run begins.
hand_over() { keep_lease "$HANDOVER_SECONDS"; }

# waiting_runs: runs that wait and are alive, the oldest first: when they came, and who they are.
waiting_runs() {
	local oldest=$(($(now) - LEASE_SECONDS))
	sed -n "s#^$notes/queue\\.\\([^ ]*\\) \\([0-9]*\\) \\([0-9]*\\)\$#\\2 \\1 \\3#p" "$scratch/lease" |
		while read -r since run seen; do
			[ "$seen" -lt "$oldest" ] || printf '%s %s\n' "$since" "$run"
		done | sort -k 1,1n -k 2,2
}

# holder_state: whether the PipelineRun that holds the lease has ended or still runs; nothing where that can't be seen.
holder_state() {
	local run state found=0
	run=$(recorded pipeline-run)
	matches "$run" '[a-z0-9.-]+/[a-z0-9.-]+' || return 0
	# In a subshell, where a refusal does not end the step.
	state=$(kube get pipelineruns.tekton.dev "${run#*/}" --namespace "${run%/*}" -o go-template='{{.metadata.uid}} {{with .status}}{{range .conditions}}{{if eq .type "Succeeded"}}{{.status}}{{end}}{{end}}{{end}}' 2>/dev/null) || found=$?
	case $found:$state in
	"$not_found":* | 0:*" True" | 0:*" False") printf ended ;;
	0:"$(lease_field holder) "*) printf runs ;;
	0:*) printf ended ;;
	esac
}

free() {
	local until
	[ -n "$(lease_field holder)" ] || return 0
	case $(holder_state) in
	ended) return 0 ;;
	runs) return 1 ;;
	esac
	until=$(recorded until)
	[ "${until:-0}" -lt "$(now)" ]
}

# superseded: whether a newer run asks the holder to give up.
superseded() { [ -n "$(recorded cancel)" ]; }

# take: makes the lease this run's. What the last holder recorded is kept, for this run to finish.
take() {
	local list
	list=$(members "$notes/queue.$RUN" '' "$notes/cancel" '' "$notes/pipeline-run" "$PIPELINE_RUN")
	[ -n "$(recorded run)" ] || list="$list,$(members "$notes/run" "$RUN")"
	write_lease "$RUN" "$LEASE_SECONDS" "$list"
}

# acquire: waits for the lease, the oldest run first.
acquire() {
	local since until first said=
	since=$(now)
	until=$((since + QUEUE_SECONDS))
	! create_lease || return 0
	while :; do
		if ! read_lease; then
			! create_lease || return 0
			continue
		fi
		if held; then
			! take || return 0
			continue
		fi
		first=$(waiting_runs | head -n 1)
		case $first in "" | *" $RUN") first=yes ;; esac
		if [ "$first" = yes ] && free; then
			! take || return 0
			continue
		fi
		if [ -z "$said" ]; then
			said=$(lease_field holder)
			say "run ${said:-(another one)} has the service $SERVICE; concurrency is $CONCURRENCY"
		fi
		if [ "$CONCURRENCY" = rejectNewer ]; then
			leave_queue
			fail "another run has the service $SERVICE, and concurrency is rejectNewer; run the pipeline again when that one has ended"
		fi
		if [ "$CONCURRENCY" = cancelOlder ] && waiting_runs | awk -v run="$RUN" '$2 == run { me = $1 } { last = $2 } END { exit !(me != "" && last != run) }'; then
			leave_queue
			fail "a newer run waits for the service $SERVICE, and concurrency is cancelOlder; there is nothing to do: the newer one has the newer commit"
		fi
		if [ "$(now)" -ge "$until" ]; then
			leave_queue
			fail "run $(lease_field holder) has had the service $SERVICE for all of the $QUEUE_SECONDS seconds that this one may wait; look at that run, and run the pipeline again"
		fi
		join_queue "$since"
		pause
	done
}

create_lease() {
	printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%s","annotations":{"%s/until":"%d","%s/run":"%s"%s}},"spec":{"holderIdentity":"%s","leaseDurationSeconds":%d}}' \
		"$lease" "$notes" "$(($(now) + LEASE_SECONDS))" "$notes" "$RUN" "${PIPELINE_RUN:+,\"$notes/pipeline-run\":\"$PIPELINE_RUN\"}" \
		"$RUN" "$LEASE_SECONDS" >"$scratch/lease.json"
	kube create -f "$scratch/lease.json" -o go-template="$lease_template" >"$scratch/lease.new" || return
	mv "$scratch/lease.new" "$scratch/lease"
	renewed=$(now)
}

# join_queue SINCE: says that this run is alive and waits, and with cancelOlder that the holder should give up.
join_queue() {
	local entry list
	entry=$(lease_field "$notes/queue.$RUN")
	# A run that came back, after its pod was killed, keeps its place.
	[ -n "$entry" ] || entry="$1 0"
	[ "$(now)" -ge $((${entry#* } + LEASE_SECONDS / 4)) ] || return 0
	list=$(members "$notes/queue.$RUN" "${entry% *} $(now)")
	[ "$CONCURRENCY" != cancelOlder ] || list="$list,$(members "$notes/cancel" "$RUN")"
	queue_change "$list"
}

leave_queue() { queue_change "$(members "$notes/queue.$RUN" '')"; }

queue_change() {
	kube patch lease "$lease" --type merge -p "{\"metadata\":{\"annotations\":{$1}}}" >/dev/null || :
}

# release: gives the lease to whoever waits, or deletes it.
release() {
	local other
	while held; do
		if [ -n "$(waiting_runs)" ]; then
			other=$(sed -n "s#^\\($notes/[^ .]*\\) .*#\\1#p" "$scratch/lease" | grep -v '/until$' | while read -r key; do members "$key" '' && printf ,; done)
			! write_lease '' 0 "${other%,}" || return 0
		else
			printf '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":"%s"}}' "$(lease_field version)" >"$scratch/delete.json"
			! kube delete --raw "/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases/$lease" -f "$scratch/delete.json" >/dev/null || return 0
		fi
		# Somebody joined the queue meanwhile, or has the lease by now.
		read_lease || return 0
	done
}
