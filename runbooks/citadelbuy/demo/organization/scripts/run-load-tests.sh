#!/usr/bin/env bash
# A load test as TAP: so many reads must be answered within so many seconds.
set -euo pipefail
echo 1..1
begin=$SECONDS
for _ in 1 2 3; do
  psql -XAtq -v ON_ERROR_STOP=1 -c 'select count(*) from orders o join order_items i on i."orderId" = o.id' > /dev/null
done
if [ $((SECONDS - begin)) -le 30 ]; then echo 'ok 1 - Product listing under load'; else echo 'not ok 1 - Product listing under load'; fi
