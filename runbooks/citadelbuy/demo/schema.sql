-- CitadelBuy before the migration, small: what its seven migrations build on. The demo applies it to an empty database.

create type "OrderStatus" as enum ('PENDING', 'PAID', 'SHIPPED', 'CANCELLED');

create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null unique,
  name text not null,
  role text not null default 'CUSTOMER' check (role in ('CUSTOMER', 'VENDOR', 'ADMIN')),
  "createdAt" timestamptz not null default now()
);
create table categories (
  id int generated always as identity primary key,
  slug text not null unique,
  name text not null
);
create table products (
  id int generated always as identity primary key,
  "categoryId" int not null references categories (id),
  "vendorId" uuid references users (id),
  title text not null,
  price numeric(10, 2) not null check (price >= 0),
  stock int not null default 0
);
create table orders (
  id int generated always as identity primary key,
  "userId" uuid not null references users (id),
  status "OrderStatus" not null default 'PENDING',
  total numeric(10, 2) not null,
  "createdAt" timestamptz not null default now()
);
create table order_items (
  "orderId" int not null references orders (id) on delete cascade,
  "productId" int not null references products (id),
  quantity int not null check (quantity > 0),
  price numeric(10, 2) not null,
  primary key ("orderId", "productId")
);
create table cart_items (
  "userId" uuid not null references users (id) on delete cascade,
  "productId" int not null references products (id),
  quantity int not null check (quantity > 0),
  primary key ("userId", "productId")
);

-- As Prisma keeps it; what was migrated long ago stands in it.
create table _prisma_migrations (
  id varchar(36) primary key default gen_random_uuid()::text,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
);
