//! Every operation with every status that the document has for it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use conformance::answers::operations;
use conformance::document::entries;
use stora_mock::MockServer;

use crate::catalogue::Catalogue;
use crate::harness::{Coverage, Mock};
use crate::{reads, refusals, writes};

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let coverage = Arc::<Coverage>::default();
    let mock = Mock::covering(MockServer::builder(), coverage.clone()).await;
    let catalogue = Catalogue::read(&mock).await;
    reads::all(&mock, &catalogue).await;
    refusals::all(&mock, &catalogue).await;
    let limited = Mock::covering(MockServer::builder().rate_limit("1/min".parse().unwrap()), coverage.clone()).await;
    refusals::limits_and_faults(&limited, &mock, &catalogue).await;
    let fresh = Mock::covering(MockServer::builder(), coverage.clone()).await;
    writes::all(&fresh, &catalogue).await;
    exercised(&coverage);
}

/// Prints what was exercised, and fails if any status of the document was not.
///
/// Faults on demand stand in for what a mock does not do by itself: 500 everywhere, and 429 of the operations that have no limit.
fn exercised(coverage: &Coverage) {
    let mut table = String::new();
    let mut missing = BTreeSet::new();
    let mut ids: Vec<_> = operations().iter().collect();
    ids.sort_unstable_by_key(|(id, _)| **id);
    for (id, operation) in ids {
        let seen = coverage.of(id);
        write!(table, "{id:40}").unwrap();
        for (status, _) in entries(operation.value, "responses") {
            let number: u16 = status.parse().unwrap();
            write!(table, " {status}{}", if seen.contains(&number) { "+" } else { "-" }).unwrap();
            if !seen.contains(&number) {
                missing.insert(format!("{id} {status}"));
            }
        }
        table.push('\n');
    }
    println!("{table}");
    assert!(missing.is_empty(), "these were not exercised: {missing:#?}");
}
