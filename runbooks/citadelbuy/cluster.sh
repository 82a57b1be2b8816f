# What is done to the cluster, and how it is put back. DO says what, STAMP which cutover; run by `bash -euo pipefail`.
# Replicas and cron jobs are put back as `record` found them, never as somebody remembers them.

state="$CUTOVER_VAR_EVIDENCE/cluster-$STAMP"
patience_s=$CUTOVER_VAR_ROLLOUT_S
active_jobs='jsonpath={range .items[?(@.status.active>0)]}{.metadata.name}{"\n"}{end}'

kube() { kubectl --context "$CUTOVER_VAR_CONTEXT" --namespace "$CUTOVER_VAR_NAMESPACE" "$@"; }
recorded() { cat -- "$state/$1"; }
rolled_out() { kube rollout status "deployment/$1" --timeout="${patience_s}s"; }
scale_back() {
  local replicas
  replicas=$(recorded "$1.replicas")
  kube scale "deployment/$1" --replicas="$replicas"
  rolled_out "$1"
}

# Asks until it prints nothing more: `kubectl scale` returns while the old pods still write.
until_nothing() {
  local left ends=$((SECONDS + patience_s))
  while :; do
    left=$(kube get "$@")
    if [ -z "$left" ]; then return; fi
    if [ "$SECONDS" -ge "$ends" ]; then
      printf 'still there after %s s:\n%s\n' "$patience_s" "$left" >&2
      exit 1
    fi
    sleep 1
  done
}

record() {
  umask 077
  mkdir -p -- "$state"
  local deployment replicas
  for deployment in api worker; do
    replicas=$(kube get "deployment/$deployment" -o 'jsonpath={.spec.replicas}')
    if ! [ "$replicas" -gt 0 ]; then
      echo "deployment/$deployment has ${replicas:-no} replicas: nothing to come back to" >&2
      exit 1
    fi
    echo "$replicas" > "$state/$deployment.replicas"
  done
  kube get cronjobs -o 'jsonpath={range .items[?(@.spec.suspend==false)]}{.metadata.name}{"\n"}{end}' > "$state/cronjobs"
  kube get hpa -o name > "$state/autoscalers"
  head -- "$state"/*
}

cron_jobs() {
  local name
  while read -r name; do
    kube patch "cronjob/$name" --type=merge --patch "{\"spec\":{\"suspend\":$1}}"
  done < "$state/cronjobs"
}

close_site() {
  echo "$1" > "$state/closed-by"
  case "$1" in
    read-only)
      kube set env deployment/api MAINTENANCE_MODE=true
      rolled_out api
      ;;
    stopped)
      kube scale deployment/api --replicas=0
      until_nothing pods -l app=api -o name
      ;;
    page) kube apply -f "$CUTOVER_VAR_MANIFESTS/maintenance-page.yaml" ;;
    *) echo "nobody closes a site by '$1'" >&2 && exit 2 ;;
  esac
}

# The new release runs and still takes no orders of customers.
behind_the_gate() {
  kube set env deployment/api MAINTENANCE_MODE=true
  scale_back api
}

open_site() {
  kube set env deployment/api MAINTENANCE_MODE=false
  scale_back api
  if [ "$(recorded closed-by)" = page ]; then
    kube delete -f "$CUTOVER_VAR_MANIFESTS/maintenance-page.yaml" --ignore-not-found
  fi
}

case "$DO" in
  record) record ;;
  close) close_site "$HOW" ;;
  close-again) close_site "$(recorded closed-by)" ;;
  behind-the-gate) behind_the_gate ;;
  open) open_site ;;
  stop-workers)
    kube scale deployment/worker --replicas=0
    until_nothing pods -l app=worker -o name
    ;;
  start-workers) scale_back worker ;;
  suspend-cron)
    cron_jobs true
    until_nothing jobs -o "$active_jobs"
    ;;
  resume-cron) cron_jobs false ;;
  *) echo "unknown: DO=$DO" >&2 && exit 2 ;;
esac
