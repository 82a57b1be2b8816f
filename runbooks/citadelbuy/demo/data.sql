-- 300 people, 400 products, 2,000 orders with their items; the same every time, times but for.

insert into users (id, email, name, role)
select md5('user ' || n)::uuid, 'person' || n || '@citadelbuy.example', 'Person ' || n,
  case when n <= 3 then 'ADMIN' when n <= 30 then 'VENDOR' else 'CUSTOMER' end
from generate_series(1, 300) n;

insert into categories (slug, name)
select slug, initcap(slug) from unnest(array['garden', 'kitchen', 'office', 'books', 'games']) slug;

insert into products ("categoryId", "vendorId", title, price, stock)
select 1 + n % 5, md5('user ' || (4 + n % 27))::uuid, 'Product ' || n, 5 + n % 90 + 0.99, n % 40
from generate_series(1, 400) n;

insert into orders ("userId", status, total, "createdAt")
select md5('user ' || (31 + n % 270))::uuid, (array['PENDING', 'PAID', 'SHIPPED', 'CANCELLED']::"OrderStatus"[])[1 + n % 4],
  (select sum(p.price * (1 + n % 3)) from products p where p.id in (1 + n % 400, 1 + (n * 7 + 3) % 400)),
  timestamptz '2026-06-01 08:00+00' + n * interval '97 minutes'
from generate_series(1, 2000) n;

insert into order_items ("orderId", "productId", quantity, price)
select o.id, p.id, 1 + o.id % 3, p.price
from orders o join products p on p.id in (1 + o.id % 400, 1 + (o.id * 7 + 3) % 400);

insert into cart_items ("userId", "productId", quantity)
select id, 1 + row_number() over (order by email) % 400, 1 from users where role = 'CUSTOMER';

analyze;
