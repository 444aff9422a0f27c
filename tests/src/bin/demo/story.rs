//! What happens: from the first look at the prices to the third month's rent.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use stora_client::Client;
use stora_client::types::{
    BillingPeriod, ContactId, CouponId, Invoice, InvoiceStatus, Order, OrderCreateBodyContact, OrderProtectionLine,
    OrderStartsAt, OrderStatus, OrderUnitTypeLine, ProtectionLevelId, SiteId, Tenancy, TenancyExpand, Unit, UnitStatus,
    UnitTypeId, WebhookEventType,
};

use crate::Done;
use crate::command::Stora;
use crate::hooks::Hooks;

/// Who tells the story, and with what.
pub(crate) struct Story {
    pub(crate) client: Client,
    pub(crate) stora: Stora,
    pub(crate) hooks: Hooks,
    /// Where to save the invoice.
    pub(crate) folder: PathBuf,
}

/// What can be booked, as the command line shows it.
struct Offer {
    site: Value,
    unit_type: Value,
    monthly: String,
}

impl Story {
    /// Tells it, and gives a summary.
    pub(crate) async fn tell(&self) -> Done<String> {
        self.registers().await?;
        let offer = self.looks_around()?;
        let (protection, coupon) = self.picks_extras()?;
        let contact = self.becomes_a_contact().await?;
        let draft = self.drafts(&offer, &contact, &protection, &coupon).await?;
        self.finalizes(&draft).await?;
        let tenancy = self.pays(&draft).await?;
        self.moves_in(&tenancy).await?;
        let invoices = self.stays(&tenancy).await?;
        let document = self.saves(invoices.first().ok_or("there is no invoice")?).await?;
        self.sums_up(&offer, &draft, &tenancy, &invoices, &document).await
    }

    async fn registers(&self) -> Done {
        step("A receiver is registered for every type of event (SDK)");
        let types: Vec<WebhookEventType> = WebhookEventType::VALUES.iter().map(|it| (*it).into()).collect();
        let new = self.client.webhook_endpoint_create();
        let new = new
            .body_map(|body| body.name("Demonstration").api_version("2025-09").url(&self.hooks.url).event_types(types));
        let endpoint = new.send().await?.into_inner().endpoint;
        let secret = endpoint.secret.ok_or("a new endpoint comes without its secret")?;
        self.hooks.trust(secret.expose())?;
        println!("   {} has {} types", endpoint.id, endpoint.event_types.len());
        Ok(())
    }

    /// The first type that can be booked by the month, of the first site that has one.
    fn looks_around(&self) -> Done<Offer> {
        step("Sites and prices (command line)");
        let sites = self.stora.run(&["sites", "list"])?;
        let bookable = self.stora.run(&["unit-types", "list", "--status", "bookable", "--all"])?;
        let bookable = items(&bookable, "unit_types");
        for site in items(&sites, "sites") {
            let own: Vec<&Value> = bookable.iter().filter(|it| it["site"]["id"] == site["id"]).collect();
            println!("   {}: {} types of units can be booked", text(site, "name")?, own.len());
        }
        for unit_type in bookable {
            let monthly = unit_type["prices"].as_array().into_iter().flatten();
            let Some(monthly) = monthly.into_iter().find(|it| it["billing_period"] == "monthly") else { continue };
            let monthly = text(&monthly["price"], "formatted")?;
            let site = items(&sites, "sites").iter().find(|it| it["id"] == unit_type["site"]["id"]);
            let site = site.ok_or("a type is at a site that is not listed")?.clone();
            println!("   picked: {} at {}, {monthly} a month", text(unit_type, "name")?, text(&site, "name")?);
            return Ok(Offer { site, unit_type: unit_type.clone(), monthly });
        }
        Err("nothing can be booked by the month".into())
    }

    /// The least cover, and a coupon that takes a share off every invoice.
    fn picks_extras(&self) -> Done<(Value, Value)> {
        step("Cover and a coupon (command line)");
        let levels = self.stora.run(&["protection-levels", "list", "--all"])?;
        let level = items(&levels, "protection_levels")
            .iter()
            .min_by_key(|it| it["cover_level"]["amount"].as_i64())
            .ok_or("there is no protection level")?;
        let coupons = self.stora.run(&["coupons", "list", "--all"])?;
        let coupon = items(&coupons, "coupons")
            .iter()
            .find(|it| it["duration"] == "forever" && it["valid"] != json!(false))
            .ok_or("there is no coupon for ever")?;
        println!("   cover up to {}", text(&level["cover_level"], "formatted")?);
        println!("   coupon {}", text(coupon, "name")?);
        Ok((level.clone(), coupon.clone()))
    }

    async fn becomes_a_contact(&self) -> Done<Value> {
        step("A new contact (command line)");
        let made = self.stora.run(&[
            "contacts",
            "create",
            "--email",
            "ada.lovelace@example.com",
            "--full-name",
            "Ada Lovelace",
            "--type",
            "domestic",
        ])?;
        let contact = made["contact"].clone();
        println!("   {} is a {}", text(&contact, "id")?, text(&contact, "status")?);
        self.hooks.follow(text(&contact, "id")?);
        self.heard(&["contact.created"]).await?;
        Ok(contact)
    }

    /// A week ahead, by the month.
    async fn drafts(&self, offer: &Offer, contact: &Value, protection: &Value, coupon: &Value) -> Done<Order> {
        step("A draft order with cover and the coupon (SDK)");
        let unit = OrderUnitTypeLine::builder()
            .item(text(&offer.unit_type, "id")?.parse::<UnitTypeId>()?)
            .quantity(1)
            .build()?;
        let cover = OrderProtectionLine::builder()
            .item(text(protection, "id")?.parse::<ProtectionLevelId>()?)
            .quantity(1)
            .build()?;
        let now = self.stora.run(&["mock", "clock", "show"])?;
        let now: chrono::DateTime<chrono::Utc> = text(&now, "now")?.parse()?;
        let site: SiteId = text(&offer.site, "id")?.parse()?;
        let contact: ContactId = text(contact, "id")?.parse()?;
        let coupon: CouponId = text(coupon, "id")?.parse()?;
        let draft = self
            .client
            .order_create()
            .body_map(|order| {
                order
                    .site(site)
                    .contact(OrderCreateBodyContact::ExistingContact(contact.into()))
                    .coupon(coupon)
                    .billing_period(BillingPeriod::Monthly)
                    .starts_at(OrderStartsAt::DateTime(now + chrono::Days::new(7)))
                    .line_items(vec![unit.into(), cover.into()])
            })
            .send()
            .await?
            .into_inner()
            .order;
        self.hooks.follow(draft.id.as_str());
        let (total, discount) = (&draft.total.formatted, &draft.total_discount.formatted);
        println!("   {} is a {}: {total} after a discount of {discount}", draft.id, draft.status);
        self.heard(&["order.created"]).await?;
        Ok(draft)
    }

    async fn finalizes(&self, draft: &Order) -> Done {
        step("The order is finalized (command line)");
        let order = self.stora.run(&["orders", "finalize", draft.id.as_str()])?["order"].clone();
        println!("   it is {}; the customer pays at {}", text(&order, "status")?, text(&order, "payment_url")?);
        self.heard(&["order.finalized"]).await
    }

    async fn pays(&self, draft: &Order) -> Done<Tenancy> {
        step("The customer pays (control API by the command line)");
        self.stora.run(&["mock", "pay", draft.id.as_str()])?;
        let order = self.client.order_show().order_id(&draft.id).send().await?.into_inner().order;
        ensure(order.status == OrderStatus::Completed, || format!("the order is {}", order.status))?;
        let tenancy = order.tenancy.ok_or("a completed order has a tenancy")?;
        let tenancy = self.tenancy(tenancy.id().as_str()).await?;
        println!("   {} starts on {}", tenancy.id, tenancy.starts_at.date_naive());
        self.unit_is(&tenancy, &UnitStatus::Reserved)?;
        self.hooks.follow(unit(&tenancy)?.id.as_str());
        self.heard(&["order.completed", "unit.reserved"]).await?;
        Ok(tenancy)
    }

    async fn moves_in(&self, tenancy: &Tenancy) -> Done {
        step("A week goes by: the day of the start (control API by the command line)");
        self.stora.run(&["mock", "clock", "advance", "--by", "P7D"])?;
        self.unit_is(&self.tenancy(tenancy.id.as_str()).await?, &UnitStatus::Occupied)?;
        self.tells_invoices(tenancy).await?;
        self.heard(&["subscription.started", "unit.occupied", "invoice.paid"]).await
    }

    /// Two renewals.
    async fn stays(&self, tenancy: &Tenancy) -> Done<Vec<Invoice>> {
        let mut invoices = Vec::new();
        for count in 2..=3 {
            step(&format!("Another month goes by: invoice {count} (control API by the command line)"));
            self.stora.run(&["mock", "clock", "advance", "--by", "P1M"])?;
            invoices = self.tells_invoices(tenancy).await?;
            let all_paid = invoices.len() == count && invoices.iter().all(|it| it.status == InvoiceStatus::Paid);
            ensure(all_paid, || format!("there are {} invoices, not all of them paid", invoices.len()))?;
            self.heard(&["invoice.created", "invoice.finalized", "invoice.paid"]).await?;
        }
        Ok(invoices)
    }

    async fn saves(&self, invoice: &Invoice) -> Done<PathBuf> {
        step("The latest invoice as PDF (SDK)");
        let bytes = self.client.invoice_show().invoice_id(&invoice.id).pdf().await?.bytes().await?;
        ensure(bytes.starts_with(b"%PDF-"), || "it is no PDF".to_owned())?;
        let number = invoice.number.as_deref().unwrap_or(invoice.id.as_str());
        let path = self.folder.join(format!("invoice-{number}.pdf"));
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(&path, &bytes)?;
        println!("   {} bytes in {}", bytes.len(), path.display());
        Ok(path)
    }

    async fn sums_up(
        &self,
        offer: &Offer,
        draft: &Order,
        tenancy: &Tenancy,
        invoices: &[Invoice],
        document: &std::path::Path,
    ) -> Done<String> {
        let tenancy = self.tenancy(tenancy.id.as_str()).await?;
        let unit = unit(&tenancy)?;
        let mut rows = vec![
            ("site", text(&offer.site, "name")?),
            ("unit type", format!("{}, {} a month", text(&offer.unit_type, "name")?, offer.monthly)),
            ("order", format!("{}, {} a month in all", draft.id, draft.total.formatted)),
            ("tenancy", tenancy.id.to_string()),
            ("unit", format!("{} is {}", unit.reference_id, unit.status)),
        ];
        for invoice in invoices.iter().rev() {
            let number = invoice.number.as_deref().unwrap_or("without a number");
            let day = invoice.created_at.map(|at| at.date_naive().to_string()).unwrap_or_default();
            rows.push(("invoice", format!("{number} of {day}: {}, {}", invoice.total.formatted, invoice.status)));
        }
        rows.push(("PDF", document.display().to_string()));
        rows.push(("webhooks", format!("{} verified, none refused", self.hooks.count())));
        let mut table = String::new();
        for (name, value) in rows {
            writeln!(table, "  {name:<10}  {value}")?;
        }
        Ok(table)
    }

    async fn tenancy(&self, id: &str) -> Done<Tenancy> {
        let show = self.client.tenancy_show().tenancy_id(id).expand([TenancyExpand::UnitAllocationsUnit]);
        Ok(show.send().await?.into_inner().tenancy)
    }

    /// Tells of the unit of a tenancy, which is to be in this state.
    fn unit_is(&self, tenancy: &Tenancy, status: &UnitStatus) -> Done {
        let unit = unit(tenancy)?;
        println!("   unit {} is {}", unit.reference_id, unit.status);
        ensure(unit.status == *status, || format!("the unit should be {status}"))
    }

    /// The invoices of a tenancy, the newest first.
    async fn tells_invoices(&self, tenancy: &Tenancy) -> Done<Vec<Invoice>> {
        let subscription = tenancy.subscription.as_ref().ok_or("it has no subscription")?;
        let invoices =
            self.client.invoice_list().subscription_id([subscription.id().clone()]).send().await?.into_inner().invoices;
        if let Some(newest) = invoices.first() {
            let number = newest.number.as_deref().unwrap_or("without a number");
            println!("   invoice {number}: {}, {}", newest.total.formatted, newest.status);
        }
        Ok(invoices)
    }

    /// Waits until every webhook has arrived, tells of them, and sees that these are among them, in this order.
    async fn heard(&self, expected: &[&str]) -> Done {
        self.client.raw(reqwest::Method::POST, "/_mock/webhooks/wait").send().await?;
        let types = self.hooks.tell()?;
        let mut rest = types.iter();
        let missing = expected.iter().find(|kind| !rest.any(|it| it == *kind));
        missing.map_or(Ok(()), |kind| Err(format!("no webhook {kind} arrived where it should").into()))
    }
}

fn step(title: &str) {
    println!("\n{title}");
}

fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Done {
    if holds { Ok(()) } else { Err(reason().into()) }
}

/// The unit of a tenancy.
fn unit(tenancy: &Tenancy) -> Done<&Unit> {
    let allocation = tenancy.unit_allocations.first().and_then(|it| it.get()).ok_or("it has no unit")?;
    Ok(allocation.unit.get().ok_or("its unit is not expanded")?)
}

/// The items of a list.
fn items<'a>(list: &'a Value, name: &str) -> &'a [Value] {
    list.as_array().or_else(|| list[name].as_array()).map_or(&[], Vec::as_slice)
}

/// A text in a record.
fn text(record: &Value, name: &str) -> Done<String> {
    Ok(record[name].as_str().ok_or_else(|| format!("there is no {name} in {record}"))?.to_owned())
}
