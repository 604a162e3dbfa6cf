//! `#[foster::test]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ReturnType, Type};

use super::optional;
use crate::errors::Errors;
use crate::fragments::bare_type;
use crate::function::Function;
use crate::ident::{Own, is, text};
use crate::messages::attribute as messages;
use crate::options::{self, Crate, Entry};

const KNOWN: [&str; 6] =
    ["allow_foreign", "crate", "flavor", "start_paused", "timeout", "worker_threads"];

/// The options; what is not given is `None` and left to the defaults.
#[derive(Default)]
struct Options {
    multi_thread: Option<bool>,
    /// With the key, as the next: what is said, or called, for it stands there.
    worker_threads: Option<(Ident, usize)>,
    start_paused: Option<Ident>,
    allow_foreign: bool,
    /// In milliseconds.
    timeout: Option<u64>,
    krate: Crate,
}

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = Options::parse(options, &mut errors);
    super::expand("#[foster::test]", item, errors, |mut function, errors| {
        take_second_test(&mut function, errors);
        transform(&options, function)
    })
}

/// A further `#[test]` would run the test twice.
fn take_second_test(function: &mut Function, errors: &mut Errors) {
    function.attrs.retain(|attr| {
        let is_test = attr.path().segments.last().is_some_and(|last| is(&last.ident, "test"));
        if is_test {
            errors.push(attr, messages::SECOND_TEST);
        }
        !is_test
    });
}

// Input:   async fn name() -> Ret { body }
// Output:  #[::core::prelude::v1::test]
//          fn name() -> <Ret as ::foster::Tested>::Ended {
//              ::foster::__private::test(::foster::__private::TestConfig { … }, || async move { … })
//          }
fn transform(options: &Options, mut function: Function) -> TokenStream {
    let (at, block) = (super::place(&function.sig), super::block(&function));
    let krate = options.krate.at(at);
    let name = text(&function.sig.ident);
    let config = options.config(&name, at);
    function.sig.asyncness = None;
    if let ReturnType::Type(_, returns) = &function.sig.output {
        function.sig.output = match bare_type(returns) {
            // `should_panic` is for tests that return nothing.
            Type::Never(_) => ReturnType::Default,
            Type::Tuple(unit) if unit.elems.is_empty() => ReturnType::Default,
            returns => {
                let ended = quote_spanned!(at=> <#returns as #krate::Tested>::Ended);
                syn::parse_quote!(-> #ended)
            }
        };
    }
    let test =
        function.with_body(&quote_spanned!(at=> #krate::__private::test(#config, || #block)));
    quote!(#[::core::prelude::v1::test] #test)
}

impl Options {
    fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        options::read(tokens, &KNOWN, errors, |entry| options.read(&entry));
        options.check_flavor(errors);
        options
    }

    /// Only tokio's one thread has a clock that can be paused, and only the other flavor workers.
    fn check_flavor(&mut self, errors: &mut Errors) {
        let refused = if self.multi_thread == Some(true) {
            self.start_paused.take().map(|key| (key, "current_thread"))
        } else {
            self.worker_threads.take().map(|(key, _)| (key, "multi_thread"))
        };
        if let Some((key, flavor)) = refused {
            errors.push(&key, messages::requires_flavor(&key, flavor));
        }
    }

    fn read(&mut self, entry: &Entry<'_>) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "allow_foreign" => self.allow_foreign = entry.flag()?,
            "crate" => self.krate = entry.krate()?,
            "flavor" => self.multi_thread = Some(entry.flavor()?),
            "start_paused" => self.start_paused = entry.flag()?.then(|| entry.key.clone()),
            "timeout" => self.timeout = Some(entry.time()?),
            "worker_threads" => self.worker_threads = Some((entry.key.clone(), entry.count()?)),
            _ => return Err(entry.unknown(&KNOWN)),
        }
        Ok(())
    }

    fn config(&self, name: &str, at: Span) -> TokenStream {
        let krate = self.krate.at(at);
        let multi_thread = self.multi_thread.unwrap_or(false);
        let worker_threads = optional(self.worker_threads.as_ref().map(|(_, threads)| threads));
        // A method call, which needs no path to tokio, at the option that asks for it.
        let configure = self.start_paused.as_ref().map_or_else(
            || quote!(|_| {}),
            |start_paused| {
                let builder = Own::default().unnamed("__builder", at);
                quote_spanned!(at=> |#builder| { #builder.#start_paused(true); })
            },
        );
        let allow_foreign = self.allow_foreign;
        let timeout = self.timeout.unwrap_or(60_000);
        quote_spanned! {at=>
            #krate::__private::TestConfig {
                name: #name,
                multi_thread: #multi_thread,
                worker_threads: #worker_threads,
                configure: #configure,
                allow_foreign: #allow_foreign,
                timeout: ::core::time::Duration::from_millis(#timeout),
            }
        }
    }
}
