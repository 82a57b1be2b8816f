#!/usr/bin/env bash
# Orders whose sum is not that of their items.
set -euo pipefail
wrong=$(psql -XAtq -v ON_ERROR_STOP=1 -c 'select count(*) from orders o
  where o.total <> (select coalesce(sum(i.quantity * i.price), 0) from order_items i where i."orderId" = o.id)')
echo "$wrong orders whose sum is wrong"
[ "$wrong" = 0 ]
