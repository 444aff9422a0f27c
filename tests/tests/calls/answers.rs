//! What the client makes of the answers.

use serde_json::{Value, json};
use stora_client::types::ErrorCode;
use stora_client::{Client, Error, Expandable, Page, types};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::service::{Service, answer, answering, at, failure};

#[tokio::test]
async fn what_a_call_expands_is_read_in_full() {
    let mut expanded = answer("contract_show");
    expanded["contract"]["contact"] = answer("contact_show")["contact"].clone();
    let (service, client) = answering(200, &expanded).await;
    let contract =
        client.contract_show().contract_id("ctr_1").expand(types::ContractExpand::Contact).send().await.unwrap();
    assert_eq!(service.sent().await.line(), "GET /2025-09/contracts/ctr_1?expand=contact");
    let contact: &Expandable<types::Contact> = &contract.contract.contact;
    assert!(contact.is_expanded());
    assert_eq!(contact.get().unwrap().email, expanded["contract"]["contact"]["email"]);
    assert_eq!(contact.id(), &contact.get().unwrap().id);
}

#[tokio::test]
async fn a_page_gives_its_items_and_the_next_number() {
    async fn everything<P: Page>(pages: impl AsyncFn(i64) -> P) -> Vec<P::Item> {
        let mut items = Vec::new();
        let mut next = Some(1);
        while let Some(number) = next {
            let page = pages(number).await;
            next = page.next_page();
            items.extend(page.into_items());
        }
        items
    }
    let service = MockServer::start().await;
    let contacts = answer("contact_list");
    for (number, next) in [(1, json!(2)), (2, Value::Null)] {
        let mut page = contacts.clone();
        page["meta"]["pagination"]["page"] = json!(number);
        page["meta"]["pagination"]["next"] = next;
        let matches = wiremock::matchers::query_param("page", number.to_string());
        Mock::given(matches).respond_with(ResponseTemplate::new(200).set_body_json(page)).mount(&service).await;
    }
    let client = at(&service.uri());
    let all = everything(async |number| client.contact_list().page(number).send().await.unwrap().into_inner()).await;
    assert_eq!(all.len(), 2 * contacts["contacts"].as_array().unwrap().len());
    let page: types::ContactList = serde_json::from_value(contacts).unwrap();
    assert_eq!(page.items(), page.contacts);
}

#[tokio::test]
async fn a_documented_failure_is_a_typed_error() {
    for (status, code) in
        [(404, "resource_not_found"), (422, "invalid_content"), (500, "brand_new"), (418, "brand_new")]
    {
        let mut body = failure(&["contact_show", "contact_create"], &status.to_string());
        body["error"]["code"] = json!(code);
        let (_service, client) = answering(status, &body).await;
        let error = client.contact_show().contact_id("con_1").send().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        let Error::Api(fault) = error else { panic!("{error:?}") };
        assert_eq!(fault.code, Some(ErrorCode::from(code)));
        assert_eq!(fault.code.is_some_and(|code| code.is_unknown()), code == "brand_new");
        let said = &body["error"];
        assert_eq!(said["message"], *fault.message);
        assert_eq!(said["request_id"].as_str(), fault.request_id.as_deref());
        assert_eq!(said["type"].as_str(), fault.type_.as_ref().map(types::ErrorType::as_str));
        assert_eq!(said["details"], serde_json::to_value(&fault.details).unwrap());
        assert_eq!(said["links"], serde_json::to_value(&fault.links).unwrap());
        assert_eq!(serde_json::from_slice::<Value>(&fault.body).unwrap(), body);
    }
}

#[tokio::test]
async fn an_oauth_failure_differs_by_status() {
    let request = types::OAuthTokenRequestClientCredentials {
        grant_type: types::OAuthTokenRequestClientCredentialsGrantType,
        client_id: "harbour".into(),
        client_secret: "s3cret".into(),
        scope: "public.contact:read".into(),
    };
    let (service, client) = answering(200, &answer("oauth_token_create")).await;
    let token = client.oauth_token_create().body(request.clone()).send().await.unwrap();
    assert_eq!(token.expires_in, 7200);
    let sent = service.sent().await;
    assert_eq!(sent.line(), "POST /oauth2/token");
    assert_eq!(
        sent.json(),
        json!({
            "grant_type": "client_credentials",
            "client_id": "harbour",
            "client_secret": "s3cret",
            "scope": "public.contact:read",
        })
    );

    for status in [400, 401, 429, 503] {
        let body = failure(&["oauth_token_create"], &status.to_string());
        let (_service, client) = answering(status, &body).await;
        let error = client.oauth_token_create().body(request.clone()).send().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        let Error::Api(fault) = error else { panic!("{error:?}") };
        assert_eq!(serde_json::from_slice::<Value>(&fault.body).unwrap(), body);
        if body["error"].is_string() {
            assert_eq!(fault.oauth.as_ref().map(types::OAuthErrorError::as_str), body["error"].as_str());
            assert_eq!(body["error_description"], *fault.message);
            assert_eq!(fault.code, None);
        } else {
            assert_eq!(fault.code.as_ref().map(types::ErrorCode::as_str), body["error"]["code"].as_str());
            assert_eq!(fault.oauth, None);
        }
    }
}

#[tokio::test]
async fn a_failure_that_is_not_as_documented_keeps_its_status_and_its_body() {
    let html = "<html><body>Bad Gateway</body></html>";
    for (status, retryable) in [(400, false), (502, true)] {
        let service = Service::start(ResponseTemplate::new(status).set_body_raw(html, "text/html")).await;
        let client = service.client();
        let error = client.contact_show().contact_id("con_1").send().await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.is_retryable()), (status, retryable));
        let Error::Api(fault) = error else { panic!("{error:?}") };
        assert_eq!((&fault.code, &fault.oauth), (&None, &None));
        assert_eq!(fault.headers["content-type"], "text/html");
        assert_eq!(fault.message, html);
        assert_eq!(fault.body, html);
    }
}

#[tokio::test]
async fn a_success_that_is_not_as_documented_is_an_error() {
    let (_service, client) = answering(200, &json!({"contact": {"id": "con_1"}})).await;
    let error = client.contact_show().contact_id("con_1").send().await.unwrap_err();
    let Error::Decode(fault) = &error else { panic!("{error:?}") };
    assert_eq!((fault.path.as_str(), fault.status.as_u16()), ("contact", 200));
    assert!(error.to_string().contains("missing field"), "{error}");
    assert_eq!(serde_json::from_slice::<Value>(&fault.bytes).unwrap(), json!({"contact": {"id": "con_1"}}));

    for status in [202, 204] {
        let service = Service::start(ResponseTemplate::new(status)).await;
        let error = service.client().contact_show().contact_id("con_1").send().await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
    let service = Service::start(ResponseTemplate::new(304)).await;
    let error = service.client().contact_show().contact_id("con_1").send().await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error:?}");
    assert_eq!(error.status().unwrap().as_u16(), 304);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_a_communication_error() {
    // A server that is dropped may be used again by wiremock; this port is nobody's.
    let client = at("http://127.0.0.1:1");
    let error = client.contact_list().send().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)) && error.is_connect(), "{error:?}");
}

#[test]
fn a_client_needs_an_address_and_a_token_and_does_not_tell_the_token() {
    for address in ["", "stora.example", "ftp://stora.example", "http://"] {
        let error =
            Client::builder().base_url(address).access_token("tok_secret").unwrap().build().unwrap_err().to_string();
        assert!(error.contains("is not an absolute http or https address"), "{address}: {error}");
    }
    for token in ["", "  ", "tok\nsecret"] {
        let error = Client::new(token).unwrap_err().to_string();
        assert!(error.contains("token") && !error.contains("secret"), "{error}");
    }
    let client = Client::new("tok_secret").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
    assert!(!format!("{:?}", client.contact_list()).contains("secret"));
}
