-- Each query gives what should not be; no line at all is what one hopes for.
select 'paid without payment: ' || id from orders where status in ('PAID', 'SHIPPED') and "paymentStatus" = 'NONE';
select 'vendor without profile: ' || email from users u
  where role = 'VENDOR' and not exists (select from vendor_profiles v where v."userId" = u.id);
select 'cart of nobody: ' || "userId" from cart_items c where not exists (select from users u where u.id = c."userId");
