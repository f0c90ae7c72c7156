# shellcheck shell=dash
# Whether the version that is live can be told from a candidate. Needs routing.sh, hold.sh, lease.sh and conclude.sh.

# refuse_other_routing: iter8 leaves alone VirtualServices that are not its own, and Istio takes one of two for a host.
refuse_other_routing() {
	other_routing >"$scratch/others" || fail "the routing of $SERVICE can't be understood; report this with the log"
	while read -r name kind; do
		case $kind in
		conflict)
			fail "VirtualService $name routes the host of service $SERVICE, so the experiment's routing would have no effect; delete it, or have iter8 take it over: kubectl -n $NAMESPACE label virtualservice $name $ITER8_ROUTER_LABEL=$router iter8-tools/role=stable"
			;;
		past)
			say "WARNING: VirtualService $name leads straight to service $SERVICE: its requests go past the experiment, to all pods of the service, the candidate's too; give the experiment its host and Gateway as hosts, and delete it"
			;;
		esac
	done <"$scratch/others"
}

# warn_other_services: their requests go past the routing, also to the candidate.
warn_other_services() {
	local name
	about '
		END { for (s in selector) if (s != service && selector[s] != "" && selector[s] !~ / version=/ && has(pods[version], selector[s])) print s }
	' version="$baseline" >"$scratch/others" || return 0
	while read -r name; do
		say "WARNING: Service $name selects the pods of $baseline as $SERVICE does: its requests go past the experiment, to the candidate's pods too; have its clients use $SERVICE, or give its selector a label that only one version has"
	done <"$scratch/others"
}

# refuse_shared_traffic: for a commit that is live already, but not alone.
refuse_shared_traffic() {
	case $(traffic "$baseline") in
	100 | -) ;;
	*) fail "commit $short_commit is live already, as $baseline, but gets $(traffic "$baseline") % of the traffic only; send it all, or delete it, as docs/operation.md says" ;;
	esac
}

# await_baseline: until all pods of the baseline are new and available, and have a label that the candidate's do not have.
# Otherwise the routing to the baseline leads to the candidate's pods as well, or to some of its own only.
await_baseline() {
	local label spec
	if ! has_version; then
		label=$(printf '%s' "$baseline" | cut -c 1-63 | sed 's/[^a-z0-9]*$//')
		spec=$(kube get deployment "$baseline" -o go-template='{{with .spec}}{{with .strategy}}{{.type}}{{end}} {{if .paused}}paused{{end}}{{end}}') || exit
		case $spec in
		Recreate* | *paused)
			fail "the pods of $baseline have no label version, by which requests can be routed to them and not to the candidate, and the Deployment is ${spec:-special}; add the label to its pod template when it may be restarted"
			;;
		esac
		say "the pods of $baseline have no label version, by which requests can be routed to them and not to the candidate; adding version=$label, which replaces them one by one"
		keep_lease "$LEASE_SECONDS"
		kube_anyway patch deployment "$baseline" --type merge -p "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"version\":\"$label\"}}}}}" >/dev/null
	fi
	await_rollout "$baseline" "$HOLD_SECONDS" ||
		fail "not all pods of $baseline, the live version, are new and available after $HOLD_SECONDS seconds; see kubectl -n $NAMESPACE rollout status deployment/$baseline"
	read_routing || :
}

has_version() { case " $(labels_of "$baseline") " in *" version="*) ;; *) return 1 ;; esac }

# await_rollout DEPLOYMENT SECONDS: until all its pods are new and available.
await_rollout() {
	local until
	until=$(($(now) + $2))
	until rolled_out "$1"; do
		[ "$(now)" -lt "$until" ] || return 1
		renew
		pause
	done
}

# remove_leftover: a candidate of this name from an earlier run, which was not cleaned up. What came with it stays: it may have
# been live once, and others may use that since.
remove_leftover() {
	local until users
	exists "$candidate" || return 0
	[ "$(made_by "$candidate")" != - ] ||
		fail "there is a Deployment $candidate in $NAMESPACE that no run of a pipeline has made; delete it, or give it another name"
	say "$candidate is left over from run $(made_by "$candidate")"
	users=$(still_used "$candidate" "$baseline")
	[ -z "$users" ] ||
		fail "$candidate, left over from an earlier run, is to be deployed anew, but is still used: $users; change that first"
	[ "$(traffic "$baseline")" = 100 ] || hold "$baseline"
	case $(traffic "$candidate") in
	"" | 0) ;;
	*) fail "$candidate, left over from an earlier run, has $(traffic "$candidate") % of the traffic; send all of it to $baseline first" ;;
	esac
	keep_lease "$LEASE_SECONDS"
	kube_anyway delete deployment "$candidate" --wait=false >/dev/null || [ $? = "$not_found" ]
	until=$(($(now) + HOLD_SECONDS))
	while read_routing && exists "$candidate"; do
		[ "$(now)" -lt "$until" ] || fail "$candidate, which an earlier run left behind, can't be deleted; delete it"
		renew
		pause
	done
}
