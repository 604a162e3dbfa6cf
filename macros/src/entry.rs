//! `#[foster::main]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Signature;

use crate::edge::Returns;
use crate::function::Function;
use crate::options::{self, Crate, Entry};
use crate::wording;

const MAIN: &str = "#[foster::main]";

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

// Input:   async fn main() -> Ret { body }
// Output:  fn main() -> ::std::process::ExitCode {
//              ::foster::__private::main(Config { … }, async move {
//                  if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<Ret> {
//                      return __ret;
//                  };
//                  body
//              })
//          }
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Vec::new();
    let options = Options::parse(options, &mut errors);
    let function = Function::read(MAIN, &item, &mut errors);
    let output = function.and_then(|function| {
        check(MAIN, &function.sig, &mut errors);
        errors.is_empty().then(|| transform(&options, function))
    });
    let output = output.unwrap_or(item);
    let errors = errors.into_iter().map(syn::Error::into_compile_error);
    quote!(#output #(#errors)*)
}

/// What a function has to be to be called by nobody but the system.
fn check(attribute: &str, sig: &Signature, errors: &mut Vec<syn::Error>) {
    if sig.asyncness.is_none() {
        let text = wording::requires_async(attribute);
        errors.push(syn::Error::new_spanned(sig.fn_token, text));
    }
    if !sig.inputs.is_empty() {
        let text = wording::takes_no_parameters(attribute);
        errors.push(syn::Error::new_spanned(&sig.inputs, text));
    }
    if !sig.generics.params.is_empty() {
        let text = wording::takes_no_generics(attribute);
        errors.push(syn::Error::new_spanned(&sig.generics, text));
    }
}

fn transform(options: &Options, mut function: Function) -> TokenStream {
    let at = function.sig.asyncness.map_or_else(Span::call_site, |token| token.span);
    let at = Span::mixed_site().located_at(at);
    let edge = Returns::of(&function.sig.output).edge();
    let mut block = TokenStream::new();
    function.brace.surround(&mut block, |block| {
        edge.to_tokens(block);
        function.body.to_tokens(block);
    });
    let (krate, config) = (options.krate.at(at), options.config(at));
    function.sig.asyncness = None;
    function.sig.output = syn::parse_quote!(-> ::std::process::ExitCode);
    function.with_body(&quote_spanned!(at=> #krate::__private::main(#config, async move #block)))
}

impl Options {
    fn parse(tokens: TokenStream, errors: &mut Vec<syn::Error>) -> Self {
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
        let worker_threads = self.worker_threads.map_or_else(
            || quote!(::core::option::Option::None),
            |threads| quote!(::core::option::Option::Some(#threads)),
        );
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
