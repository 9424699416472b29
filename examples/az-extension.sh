#!/usr/bin/env bash
# The extension azure-iot of the Azure command line, driven against a running Landfall: every line is what a user types, and
# every answer is checked. The extension is in no package registry, so this is for whoever has its wheel; docs/az.md says which
# versions it was seen to work with.
#
#   npx landfall serve                          # with the standard ports, and elsewhere:
#   eval "$(npx landfall env)"
#   examples/az-extension.sh azure_iot-0.25.0-py3-none-any.whl     # az on the PATH, or AZ=/path/to/az
#
# Nothing of your own az is touched: it has a configuration of its own here. Everything that is made is deleted again.
set -euo pipefail

wheel=$(realpath "${1:?usage: examples/az-extension.sh WHEEL}")
cd "$(dirname "$0")/.."
: "${IOT_PROVISIONING_SERVICE_CONNECTION_STRING:?type: eval \"\$(npx landfall env)\"}"
service=$IOT_PROVISIONING_SERVICE_CONNECTION_STRING
hub=$IOTHUB_CONNECTION_STRING
endpoint=$IOT_PROVISIONING_DEVICE_ENDPOINT
scope=$IOT_PROVISIONING_DEVICE_IDSCOPE
host=${endpoint%:*}
name=${AZ_EXTENSION_HUB:-${host%%.*}}

work=$(mktemp -d)
export AZURE_CONFIG_DIR=$work/az AZURE_EXTENSION_DIR=$work/extensions AZURE_CORE_COLLECT_TELEMETRY=no PYTHONWARNINGS=ignore
passed=0

az() { command "${AZ:-az}" "$@" 2>>"$work/stderr"; }

# check WANTED az-arguments…: the answer, without quotes and blanks
check() {
  local wanted=$1 answer
  shift
  if ! answer=$(az "$@" -o json | tr -d '" \n'); then answer="$answer (refused: $(tail -1 "$work/stderr"))"; fi
  if [[ $answer != $wanted ]]; then
    echo "✗ az $*"
    echo "  wanted $wanted, got $answer"
    exit 1
  fi
  passed=$((passed + 1))
  echo "✓ az ${*:1:4}"
}

clean_up() {
  for id in azx-x509 azx-key azx-tpm; do az iot dps enrollment delete -l "$service" --eid $id || true; done
  for id in azx-ca azx-group azx-signed; do az iot dps enrollment-group delete -l "$service" --gid $id || true; done
  for id in azx-x509 azx-key azx-member azx-device azx-edge; do az iot hub device-identity delete -l "$hub" -d $id || true; done
  npx landfall certificate delete azx --force >/dev/null 2>&1 || true
  npx landfall token delete "${client:-}" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

# before trust is narrowed to Landfall's root: these ask a package registry
env -u REQUESTS_CA_BUNDLE -u SSL_CERT_FILE "${AZ:-az}" extension add --source "$wheel" --yes
# the first use of AMQP fetches a library; nobody is at that address
nobody='HostName=127.0.0.1:1;SharedAccessKeyName=x;SharedAccessKey=eA=='
env -u REQUESTS_CA_BUNDLE -u SSL_CERT_FILE timeout 60 "${AZ:-az}" iot device c2d-message send --login "$nobody" -d x --data x -y \
  >/dev/null 2>&1 || true
az version

made=$(npx landfall token create az-extension --role contributor data-owner --json)
field() { printf '%s' "$made" | npx node -p 'JSON.parse(require("fs").readFileSync(0))["'"$1"'"]'; }
client=$(field id)
az cloud register -n landfall --endpoint-resource-manager "https://$endpoint"
az cloud set -n landfall
az config set core.instance_discovery=false
az login --service-principal -u "$client" -p "$(field secret)" --tenant adfs

npx landfall cert quick azx-x509 --out "$work/certs" >/dev/null
certs=$work/certs

byName=(-n landfall -g landfall)
byLogin=(-n landfall --auth-type login)
byKey=(--login "$service")
endorsement=$(head -c 64 /dev/urandom | base64 -w0)

check x509 iot dps enrollment create "${byKey[@]}" --eid azx-x509 --at x509 --cp "$certs/azx-x509.cert.pem" --query attestation.type
check symmetricKey iot dps enrollment create "${byName[@]}" --eid azx-key --at symmetricKey --query attestation.type
check tpm iot dps enrollment create "${byLogin[@]}" --eid azx-tpm --at tpm --ek "$endorsement" --query attestation.type
for by in byKey byName byLogin; do
  declare -n as=$by
  check azx-key iot dps enrollment show "${as[@]}" --eid azx-key --show-keys --query registrationId
  check '*azx-key*azx-tpm*azx-x509*' iot dps enrollment list "${as[@]}" --query 'sort([].registrationId)'
  check disabled iot dps enrollment update "${as[@]}" --eid azx-key --ps disabled --query provisioningStatus
  check enabled iot dps enrollment update "${as[@]}" --eid azx-key --ps enabled --query provisioningStatus
done

check true iot dps certificate create --dps-name landfall -g landfall -n azx --path "$certs/Landfall-Test-Root.cert.pem" -v --query properties.isVerified
check x509 iot dps enrollment-group create "${byKey[@]}" --gid azx-signed --cp "$certs/Landfall-Test-Intermediate.cert.pem" --query attestation.type
check azx iot dps enrollment-group create "${byName[@]}" --gid azx-ca --ca-name azx --query attestation.x509.caReferences.primary
check symmetricKey iot dps enrollment-group create "${byLogin[@]}" --gid azx-group --query attestation.type
for by in byKey byName byLogin; do
  declare -n as=$by
  check azx-group iot dps enrollment-group show "${as[@]}" --gid azx-group --show-keys --query enrollmentGroupId
  check '*azx-ca*azx-group*azx-signed*' iot dps enrollment-group list "${as[@]}" --query 'sort([].enrollmentGroupId)'
  check '{plant:7*' iot dps enrollment-group update "${as[@]}" --gid azx-group --initial-twin-tags '{"plant":7}' --query 'initialTwin.tags.{plant:plant}'
done
check '*=' iot dps enrollment-group compute-device-key "${byName[@]}" --gid azx-group --rid azx-member
check 'HostName=*' iot dps connection-string show -n landfall --query connectionString

# the device library in it dials 443 and 8883, and no other
if [[ $endpoint == "$host" ]]; then
  check assigned iot device registration create "${byName[@]}" --host "$host" --rid azx-key --query status
  check assigned iot device registration create "${byLogin[@]}" --host "$host" --rid azx-member --gid azx-group --query status
  check assigned iot device registration create --id-scope "$scope" --host "$host" --rid azx-x509 \
    --cp "$certs/azx-x509.fullchain.pem" --kp "$certs/azx-x509.key.pem" --query status
  check assigned iot dps enrollment registration show "${byKey[@]}" --eid azx-key --query status
  check '\[azx-member]' iot dps enrollment-group registration list "${byName[@]}" --gid azx-group --query '[].registrationId'
  check assigned iot dps enrollment-group registration show "${byLogin[@]}" --rid azx-member --query status
  check '' iot dps enrollment-group registration delete "${byKey[@]}" --rid azx-member
  check '' iot dps enrollment registration delete "${byName[@]}" --eid azx-key
else
  echo "- az iot device registration create: not at another port than 443"
fi

check azx-device iot hub device-identity create --login "$hub" -d azx-device --query deviceId
check true iot hub device-identity create --login "$hub" -d azx-edge --ee --query capabilities.iotEdge
check disabled iot hub device-identity update --login "$hub" -d azx-device --set status=disabled --query status
check enabled iot hub device-identity update --login "$hub" -d azx-device --set status=enabled --query status
check 7 iot hub device-twin update --login "$hub" -d azx-device --tags '{"plant":7}' --desired '{"on":true}' --query tags.plant
check '\[azx-device]' iot hub query --login "$hub" -q "SELECT * FROM devices WHERE deviceId = 'azx-device' AND tags.plant = 7" --query '[].deviceId'
check m iot hub module-identity create --login "$hub" -d azx-device -m m --query moduleId
check 1 iot hub module-twin update --login "$hub" -d azx-device -m m --desired '{"a":1}' --query properties.desired.a
check '\[m]' iot hub module-identity list --login "$hub" -d azx-device --query '[].moduleId'
check '' iot hub module-identity delete --login "$hub" -d azx-device -m m
check 3 iot hub configuration create --login "$hub" -c azx --content '{"content":{"deviceContent":{"properties.desired.x":{"y":1}}}}' --tc 'tags.plant=7' --pri 3 --query priority
check '' iot hub configuration delete --login "$hub" -c azx
check completed iot hub job create --login "$hub" --job-id "azx-$$" --job-type scheduleUpdateTwin --twin-patch '{"tags":{"line":2}}' -q "deviceId='azx-device'" --wait --query status
if [[ $endpoint == "$host" ]]; then
  check azx-device iot hub device-identity show -n "$name" -g landfall -d azx-device --query deviceId
  check '' iot device c2d-message send --login "$hub" -d azx-device --data hello -y
  check hello iot device c2d-message receive --login "$hub" -d azx-device --complete --query data
  check '' iot device send-d2c-message --login "$hub" -d azx-device --data '{"t":21}'
  check '*azx-device*' iot hub monitor-events --login "$hub" -d azx-device -t 5 --et 1 -y
else
  echo "- messages, telemetry and hubs by name: not at other ports than 443, 8883 and 5671"
fi
for id in azx-x509 azx-tpm; do check '' iot dps enrollment delete "${byName[@]}" --eid $id; done
check '' iot dps enrollment-group delete "${byLogin[@]}" --gid azx-signed

echo "$passed answers were as wanted."
