//! Every operation with every status that the document has for it.

use std::collections::BTreeSet;

use conformance::answers::operations;
use conformance::document::entries;
use stora_mock::MockServer;

use crate::catalogue::Catalogue;
use crate::harness::Mock;
use crate::{reads, refusals, writes};

/// Faults on demand stand in for what a mock does not do by itself: 500 everywhere, and 429 of the operations that have no limit.
#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    reads::all(&mock, &catalogue).await;
    refusals::all(&mock, &catalogue).await;
    let limited = Mock::with(MockServer::builder().rate_limit("1/min".parse().unwrap())).await;
    refusals::limits_and_faults(&limited, &mock, &catalogue).await;
    let fresh = Mock::start().await;
    writes::all(&fresh, &catalogue).await;

    let seen: BTreeSet<_> = [mock, limited, fresh].iter().flat_map(Mock::seen).collect();
    let mut missing = BTreeSet::new();
    for (id, operation) in operations() {
        for (status, _) in entries(operation.value, "responses") {
            if !seen.contains(&(*id, status.parse().unwrap())) {
                missing.insert(format!("{id} {status}"));
            }
        }
    }
    assert!(missing.is_empty(), "these were not exercised: {missing:#?}");
}
