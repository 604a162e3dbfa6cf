//! What a user writes keeps the meaning that it has in the user's edition.

use std::sync::{Mutex, PoisonError};

use crate::support::both;

/// Runs the same tests on the functions of each edition.
macro_rules! editions {
    ($($edition:ident: $functions:ident),*) => {$(
        mod $edition {
            use super::*;
            use $functions::{self as functions, Length as _, Log, Seed};

            /// There, `impl Trait` captures no lifetimes by itself.
            #[test]
            fn functions_borrow_from_all_their_arguments() {
                both(async || {
                    let (mut counts, mut sums) = (vec![1], Vec::new());
                    assert_eq!(functions::or_else("text", &mut counts).await, Some("text"));
                    assert_eq!(functions::sum(&[1, 2], &mut sums).await, 3);
                    assert_eq!((counts, sums), (vec![1, 4], vec![3]));
                    assert_eq!("text".to_owned().longer("longer").await, 6);
                });
            }

            #[test]
            fn names_that_are_keywords_since_are_names() {
                both(async || assert_eq!(functions::seeded(1, Seed { r#gen: 2 }, 3).await, 6));
            }

            #[test]
            fn temporaries_of_a_last_expression_may_borrow() {
                both(async || {
                    assert_eq!(functions::locked(Mutex::new(1)).await, 1);
                    functions::started().await;
                    functions::started_in_a_scope().await;
                });
            }

            #[test]
            fn temporaries_of_a_last_expression_are_dropped_as_in_a_plain_function() {
                both(async || {
                    let log = Log::default();
                    functions::plain(&log).await;
                    assert_eq!(take(&log), ["local", "temporary"]);
                    functions::supervised_one(&log).await;
                    assert_eq!(take(&log), ["local", "temporary"]);
                    functions::in_a_scope(&log).await;
                    assert_eq!(take(&log), ["local", "temporary"]);
                    functions::in_a_shield(log.clone()).await;
                    assert_eq!(take(&log), ["local", "temporary"]);
                });
            }
        }
    )*};
}

editions! {
    edition_2018: foster_edition_2018,
    edition_2021: foster_edition_2021
}

fn take(log: &Mutex<Vec<&'static str>>) -> Vec<&'static str> {
    std::mem::take(&mut *log.lock().unwrap_or_else(PoisonError::into_inner))
}
