//! Acts for an operator who consents to it: OAuth 2 with PKCE, from the question to tokens that renew themselves.
//!
//! Start the mock with `cargo run -p stora-mock`, then `cargo run -p stora-client --example partner_oauth`. The mock grants every
//! question at once, so that this program can play the operator's browser.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use stora_client::oauth::{Application, Tokens};
use stora_client::reqwest::{self, Url, redirect};
use stora_client::{Client, Credentials};

/// Where the tokens of one operator are kept. A real one is a database that is encrypted.
#[derive(Clone, Default)]
struct Vault(Arc<Mutex<Option<String>>>);

impl Vault {
    fn store(&self, tokens: &Tokens) -> Result<(), serde_json::Error> {
        // `Debug` of tokens shows no secret; as JSON they are written out.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(serde_json::to_string(tokens)?);
        Ok(())
    }

    fn load(&self) -> Result<Tokens, Box<dyn Error>> {
        let stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(serde_json::from_str(stored.as_deref().ok_or("no operator has consented yet")?)?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str, otherwise: &str| env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let service = variable("STORA_BASE_URL", "http://127.0.0.1:4010");
    let application = Application::new(variable("STORA_CLIENT_ID", "stora-mock-client"))?
        .secret(variable("STORA_CLIENT_SECRET", "stora-mock-secret"))
        .redirect_uri("http://localhost:3000/callback")
        // The mock asks on its own host. Without this line it is Stora's Backoffice.
        .authorize_url(format!("{service}/oauth2/authorize"));

    // 1. Ask: send the operator's browser to the address, and keep `consent` with the browser's session.
    let consent = application.consent(["public.contact:read", "public.site:read"])?;
    println!("the operator is asked at {}…", consent.url.split('?').next().unwrap_or_default());
    let back = browse(&consent.url).await?;

    // 2. Exchange what the browser came back with. The state must be that of this very question.
    let part =
        |name: &str| back.get(name).map(String::as_str).ok_or_else(|| format!("no {name}: {:?}", back.get("error")));
    let nobody = Client::builder().base_url(&service).credentials(Credentials::none()).build()?;
    let tokens = application.exchange(&nobody, &consent, part("code")?, part("state")?).await?;
    println!("the operator allows: {}", tokens.scope);
    let vault = Vault::default();
    vault.store(&tokens)?;

    // 3. Call. Tokens are renewed when it is time; each renewal ends the refresh token before, so the new ones are stored first.
    //    Here the access token is said to have ended, so that the first call renews it.
    let tokens = Tokens { expires_at: Some(0), ..vault.load()? };
    let keep = vault.clone();
    let credentials = Credentials::tokens(application, tokens.clone(), move |renewed| {
        let kept = keep.store(&renewed).map_err(Into::into);
        println!("tokens were renewed and stored");
        std::future::ready(kept)
    });
    let client = Client::builder().base_url(&service).credentials(credentials).build()?;
    for site in &client.site_list().send().await?.sites {
        println!("{} {}", site.id, site.name);
    }
    if vault.load()?.refresh_token == tokens.refresh_token {
        return Err("the refresh token was not replaced".into());
    }

    // What the operator did not allow is refused.
    match client.invoice_list().send().await {
        Err(error) if error.is_forbidden() => println!("invoices were not asked for: {error}"),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("invoices can be read, though nobody allowed it".into()),
    }
    Ok(())
}

/// The part of the operator's browser: opens an address, and gives what it is sent back to the partner with.
async fn browse(address: &str) -> Result<HashMap<String, String>, Box<dyn Error>> {
    let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).build()?;
    let answer = browser.get(address).send().await?;
    let location = answer.headers().get("location").ok_or("the browser stays where it is")?;
    Ok(Url::parse(location.to_str()?)?.query_pairs().into_owned().collect())
}
