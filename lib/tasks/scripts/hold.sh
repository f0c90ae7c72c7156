# shellcheck shell=dash
# Routes all traffic of a service to one version, where iter8 does not: its controller is away, or somebody deleted the
# VirtualService. The objects look like those that iter8 leaves behind, so the next experiment takes them over. Needs
# routing.sh and lease.sh.

# What iter8 writes into its routing objects when an experiment has ended.
stable='"metadata":{"labels":{"iter8-tools/role":"stable","iter8-tools/experiment":null,"iter8-tools/init":null}}'

# hold DEPLOYMENT
hold() {
	local tries=0 written=
	say "routing all traffic of $SERVICE to $1"
	until [ -n "$written" ] && [ "$(traffic "$1")" = 100 ]; do
		tries=$((tries + 1))
		[ "$tries" -le 5 ] || fail "the traffic of $SERVICE could not be routed to $1: $(kube_error); look at the VirtualService $(router_name) and the DestinationRule $(rule_name)"
		keep_lease "$LEASE_SECONDS"
		# Who else writes to these objects makes it necessary to begin anew.
		written=
		! route_all_to "$1" || written=yes
		read_routing || :
	done
}

# route_all_to DEPLOYMENT
route_all_to() {
	local labels subset rule port spec
	rule=$(rule_name)
	labels="{$(labels_of "$1" | tr ' ' '\n' | sed 's/\(.*\)=\(.*\)/"\1":"\2"/' | tr '\n' ',' | sed 's/,$//')}"
	subset=$(subset_of "$1") || return
	if [ -z "$subset" ]; then
		subset=$1
		if [ -n "$rule" ]; then
			add_subset "$rule" "{\"name\":\"$subset\",\"labels\":$labels}" || return
		else
			create_rule DestinationRule "\"host\":\"$host\",\"subsets\":[{\"name\":\"$subset\",\"labels\":$labels}]" || return
		fi
	fi
	port=$(router_port)
	port=${port:-$(told_in "$scratch/networking" port)}
	# Who writes experiments writes no routing by this.
	case $port in *[!0-9]*) port='' ;; esac
	spec="\"http\":[{\"route\":[{\"destination\":{\"host\":\"$host\",\"subset\":\"$subset\"${port:+,\"port\":{\"number\":$port\}}},\"weight\":100}]}]"
	if [ -n "$(router_name)" ]; then
		kube patch virtualservice "$(router_name)" --type merge -p "{$stable,\"spec\":{$spec}}" >/dev/null || return
	else
		create_rule VirtualService "\"hosts\":[\"$host\"$(state_hosts 2)],\"gateways\":[\"mesh\"$(state_hosts 3)],$spec" || return
	fi
	[ -z "$rule" ] || kube patch destinationrule "$rule" --type merge -p "{$stable}" >/dev/null
}

# free_routing: leaves all weights as they are, for the next experiment to take over.
free_routing() {
	[ -z "$(router_name)" ] || kube patch virtualservice "$(router_name)" --type merge -p "{$stable}" >/dev/null || return
	[ -z "$(rule_name)" ] || kube patch destinationrule "$(rule_name)" --type merge -p "{$stable}" >/dev/null || return
	read_routing || :
}

# subset_of DEPLOYMENT: a subset of the DestinationRule that leads to its pods.
subset_of() {
	about 'END { for (s in own_subset) if (has(pods[version], own_subset[s])) print s }' version="$1" >"$scratch/subsets" && head -n 1 "$scratch/subsets"
}

# add_subset RULE SUBSET
add_subset() {
	if [ -n "$(awk -v rule="$1" '$1 == "subset" && $2 == rule' "$scratch/routing")" ]; then
		kube patch destinationrule "$1" --type json -p "[{\"op\":\"add\",\"path\":\"/spec/subsets/-\",\"value\":$2}]" >/dev/null
	else
		kube patch destinationrule "$1" --type merge -p "{\"spec\":{\"subsets\":[$2]}}" >/dev/null
	fi
}

# state_hosts N: the hosts (2) or gateways (3) through which the experiment, if it was seen, has the service reached. Whoever
# writes experiments may have written any text there.
state_hosts() {
	awk -v n="$1" '$1 == "host" && $n ~ "^[A-Za-z0-9*]([A-Za-z0-9./-]*[A-Za-z0-9])?$" && !seen[$n]++ { printf ",\"%s\"", $n }' "$scratch/networking"
}

# create_rule KIND SPEC: named and labelled as iter8 does.
create_rule() {
	local name
	name=$(printf '%s' "$ITER8_ROUTER_NAME" | sed -e "s/@router@/$router/" -e "s/@service@/$SERVICE/" -e "s/@namespace@/$NAMESPACE/")
	printf '{"apiVersion":"networking.istio.io/v1beta1","kind":"%s","metadata":{"name":"%s","labels":{"%s":"%s","iter8-tools/role":"stable"}},"spec":{%s}}' \
		"$1" "$name" "$ITER8_ROUTER_LABEL" "$router" "$2" >"$scratch/rule.json"
	kube create -f "$scratch/rule.json" >/dev/null
}
