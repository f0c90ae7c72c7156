# shellcheck shell=dash
# The Lease of a service: which run may change its versions, and what that run has done so far. Needs kubectl.sh.
#
# One run at a time holds it, from before the baseline is looked up until traffic is where it belongs. What the run does
# is recorded in annotations, so that whoever comes next, a later task of the run or the next run, can finish its work.
# Runs that wait stand in annotations too. Every change is made to the version that was read, or not at all.
#
# The holder renews the lease while it waits for something. Between two of its tasks nobody does, and tasks of the user's
# own may take any time there; so the lease is the holder's for as long as its PipelineRun has not ended. Where that can't
# be seen, it is the holder's until it was not renewed for as long as it says.

# Longer than API_SECONDS, during which a holder may be unable to renew it.
: "${LEASE_SECONDS:=180}"
# Between two tasks of a run pods are scheduled and images are pulled.
: "${HANDOVER_SECONDS:=300}"
: "${QUEUE_SECONDS:=3600}"
# What happens to runs that come while another one holds the lease: queue, cancelOlder or rejectNewer.
: "${CONCURRENCY:=queue}"
lease=cdk8s-iter8-$SERVICE
notes=cdk8s-iter8
renewed=0
# What was last seen of the holder's renewals, and when.
last_renewal=
last_renewal_at=0
: >"$scratch/lease"
: >"$scratch/lease.held"

# Go template for the Lease, a line for each fact.
lease_template='version {{.metadata.resourceVersion}}
{{with .spec}}holder {{with .holderIdentity}}{{.}}{{end}}
seconds {{with .leaseDurationSeconds}}{{.}}{{end}}
renewal {{with .renewTime}}{{.}}{{end}}
{{end}}{{range $key, $value := .metadata.annotations}}{{$key}} {{$value}}
{{end}}'

# read_lease: tells whether there is one.
read_lease() {
	local found=0
	kube get lease "$lease" -o go-template="$lease_template" >"$scratch/lease.new" || found=$?
	[ "$found" = 0 ] || : >"$scratch/lease.new"
	took_lease
	return "$found"
}

took_lease() {
	mv "$scratch/lease.new" "$scratch/lease"
	! held || cp "$scratch/lease" "$scratch/lease.held"
}

# lease_field KEY: what was read last.
lease_field() { told_in "$scratch/lease" "$1"; }

# recorded KEY: what the run that holds the lease has recorded.
recorded() { lease_field "$notes/$1"; }

held() { [ "$(lease_field holder)" = "$RUN" ]; }

# nothing_recorded: the notes of a run that has not done anything yet, as members of a JSON object.
nothing_recorded() {
	local key separator=
	for key in baseline candidate experiment experiment-uid image verdict winner reason existed created weights cleanup rollout gate \
		ended ended-because because; do
		printf '%s' "$separator"
		members "$notes/$key" ''
		separator=,
	done
}

# not_renewed_for SECONDS: whether the holder has not renewed the lease for so long, by this pod's clock alone: those of two
# pods need not agree. It knows of renewals since it was first asked.
not_renewed_for() {
	local renewal
	renewal="$(lease_field holder) $(lease_field renewal)"
	if [ "$renewal" != "$last_renewal" ]; then
		last_renewal=$renewal
		last_renewal_at=$(now)
	fi
	[ $(($(now) - last_renewal_at)) -gt "$1" ]
}

# lease_spec HOLDER SECONDS: nobody's, where the holder is empty.
lease_spec() {
	printf '"spec":{%s,"leaseDurationSeconds":%d,"renewTime":"%s"}' "$(members holderIdentity "$1")" "$2" "$(date -u +%Y-%m-%dT%H:%M:%S.000000Z)"
}

# write_lease HOLDER SECONDS MEMBERS: tells by its status whether somebody else was faster.
write_lease() {
	kube patch lease "$lease" --type merge -o go-template="$lease_template" \
		-p "{\"metadata\":{\"resourceVersion\":\"$(lease_field version)\",\"annotations\":{$3}},$(lease_spec "$1" "$2")}" >"$scratch/lease.new" || return
	renewed=$(now)
	took_lease
}

# create_lease MEMBERS: tells whether there was none.
create_lease() {
	local made=0
	printf '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%s","annotations":{%s}},%s}' \
		"$lease" "$1" "$(lease_spec "$RUN" "$LEASE_SECONDS")" >"$scratch/lease.json"
	kube create -f "$scratch/lease.json" -o go-template="$lease_template" >"$scratch/lease.new" || made=$?
	case $made in
	0) ;;
	"$already_exists") return 1 ;;
	*) fail "the lease $lease can't be made: $(kube_error); is there a namespace $NAMESPACE?" ;;
	esac
	renewed=$(now)
	took_lease
}

# keep_lease SECONDS MEMBERS: for the holder; fails the step when another run has taken the lease.
keep_lease() {
	until held && write_lease "$RUN" "$1" "${2:-}"; do
		read_lease || restore_lease
		held || fail "this run has lost the service $SERVICE: $(who_has_it); nothing more is changed; run the pipeline again"
	done
}

who_has_it() {
	local holder
	holder=$(lease_field holder)
	if [ -n "$holder" ]; then
		printf 'run %s has the lease %s' "$holder" "$lease"
	elif [ -s "$scratch/lease" ]; then
		printf 'somebody has taken it over, and finished its work'
	else
		printf 'somebody has deleted the lease %s' "$lease"
	fi
}

# restore_lease: makes the lease anew that somebody has deleted under its holder.
restore_lease() {
	local list
	[ -s "$scratch/lease.held" ] || return 0
	say "somebody has deleted the lease $lease; making it anew"
	list=$(sed -n "s#^\\($notes/[^ .]*\\) #\\1 #p" "$scratch/lease.held" | while read -r key value; do
		printf '%s,' "$(members "$key" "$value")"
	done)
	create_lease "${list%,}" || read_lease || :
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
	local note
	[ "$renewed" != 0 ] || return 0
	note=$(members value "$1")
	call patch lease "$lease" --type json \
		-p "[{\"op\":\"test\",\"path\":\"/spec/holderIdentity\",\"value\":\"$RUN\"},{\"op\":\"add\",\"path\":\"/metadata/annotations/$notes~1because\",$note}]" || :
}

# renew: keeps the lease while something is waited for; to be called all the time.
renew() { [ "$(now)" -lt $((renewed + LEASE_SECONDS / 6)) ] || keep_lease "$LEASE_SECONDS"; }

# hand_over: keeps the lease until the next task of the run begins.
hand_over() { keep_lease "$HANDOVER_SECONDS"; }

# waiting_runs: runs that wait and are alive, the oldest first: when they began, who they are, what they want.
waiting_runs() {
	local oldest=$(($(now) - LEASE_SECONDS))
	sed -n "s#^$notes/queue\\.\\([^ ]*\\) \\([^ ]*\\) \\([0-9]*\\) \\([A-Za-z]*\\)\$#\\2 \\1 \\3 \\4#p" "$scratch/lease" |
		awk -v oldest="$oldest" '$3 >= oldest { print $1, $2, $4 }' | LC_ALL=C sort
}

# superseded: whether a newer run wants the holder to give up.
superseded() { newer_run_waits "$(recorded since)"; }

# newer_run_waits SINCE: whether a run waits that began later and wants older ones to give up.
newer_run_waits() {
	waiting_runs | awk -v since="$1" -v run="$RUN" '$3 == "cancelOlder" && $1 " " $2 > since " " run { found = 1 } END { exit !found }'
}
