#!/usr/bin/env bash
# Eight smoke tests that print TAP. Of this demo they go by SQL, on the database of the PG* variables, each in a
# transaction that is taken back; a team's own go through its web pages with test accounts and the payment's test mode.
set -euo pipefail
[ "${1:-}" = --environment ] || { echo 'usage: smoke-tests.sh --environment NAME' >&2 && exit 2; }

number=0
failed=0
# Name of the test, then SQL of which the last statement gives t.
try() {
  local said
  number=$((number + 1))
  if said=$(psql -XAtq -v ON_ERROR_STOP=1 2>&1 <<< "begin; $2; rollback;") && [ "${said##*$'\n'}" = t ]; then
    echo "ok $number - $1"
  else
    failed=1
    echo "not ok $number - $1"
    sed 's/^/# /' <<< "$said"
  fi
}
buyer="(select id from users where role = 'CUSTOMER' order by email limit 1)"
order="insert into orders (\"userId\", total) values ($buyer, 10) returning id"

echo 1..8
try 'User registration' "insert into users (email, name) values ('smoke@test.invalid', 'Smoke') returning \"marketingConsent\" is false"
try 'User login' "insert into password_resets (\"userId\", \"tokenHash\", \"expiresAt\") values ($buyer, 'x', now()) returning true"
try 'Product listing' "select count(*) > 100 from products p join categories c on c.id = p.\"categoryId\""
try 'Product detail' "select \"searchText\" is not null and price > 0 from products where id = 7"
try 'Add to cart' "insert into cart_items select $buyer, max(id), 1 from products returning true"
try 'Checkout flow' "with o as ($order) insert into order_items select o.id, p.id, 1, p.price from o, products p where p.id = 1; select true"
try 'Order creation' "update orders set \"paymentStatus\" = 'AUTHORISED' where id = (select max(id) from orders) returning true"
try 'Admin access' "select count(*) = 3 from users where role = 'ADMIN'"
exit "$failed"
