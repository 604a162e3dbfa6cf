//! `#[foster::main]`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::optional;
use crate::errors::Errors;
use crate::function::Function;
use crate::options::{self, Crate, Entry};

const KNOWN: [&str; 5] = ["cancel_within", "crate", "flavor", "grace", "worker_threads"];

/// The options; what is not given is `None` and left to the defaults.
#[derive(Default)]
struct Options {
    multi_thread: Option<bool>,
    worker_threads: Option<usize>,
    /// In milliseconds, as the next.
    grace: Option<u64>,
    cancel_within: Option<u64>,
    krate: Crate,
}

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = Options::parse(options, &mut errors);
    super::expand("#[foster::main]", item, errors, |function, _| transform(&options, function))
}

// Input:   async fn main() -> Ret { body }
// Output:  fn main() -> ::std::process::ExitCode {
//              ::foster::__private::main(::foster::__private::Config { … }, async move { … })
//          }
fn transform(options: &Options, mut function: Function) -> TokenStream {
    let (at, block) = (super::place(&function.sig), super::block(&function));
    let (krate, config) = (options.krate.at(at), options.config(at));
    function.sig.asyncness = None;
    function.sig.output = syn::parse_quote!(-> ::std::process::ExitCode);
    function.with_body(&quote_spanned!(at=> #krate::__private::main(#config, #block)))
}

impl Options {
    fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        options::read(tokens, &KNOWN, errors, |entry| options.read(&entry));
        options
    }

    fn read(&mut self, entry: &Entry<'_>) -> syn::Result<()> {
        match entry.key.to_string().as_str() {
            "cancel_within" => self.cancel_within = Some(entry.time()?),
            "crate" => self.krate = entry.krate()?,
            "flavor" => self.multi_thread = Some(entry.flavor()?),
            "grace" => self.grace = Some(entry.time()?),
            "worker_threads" => self.worker_threads = Some(entry.count()?),
            _ => return Err(entry.unknown(&KNOWN)),
        }
        Ok(())
    }

    fn config(&self, at: Span) -> TokenStream {
        let krate = self.krate.at(at);
        let multi_thread = self.multi_thread.unwrap_or(true);
        let worker_threads = optional(self.worker_threads);
        let grace = self.grace.unwrap_or(5_000);
        let cancel_within = self.cancel_within.unwrap_or(30_000);
        quote_spanned! {at=>
            #krate::__private::Config {
                multi_thread: #multi_thread,
                worker_threads: #worker_threads,
                grace: ::core::time::Duration::from_millis(#grace),
                cancel_within: ::core::time::Duration::from_millis(#cancel_within),
            }
        }
    }
}
