//! Changes of rentals, the worked scenarios of section 24 among them.

mod billing_date;
mod discounts;
mod lines;
mod price_increase;
mod renewal;
mod terms;
