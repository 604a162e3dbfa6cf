use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

pub type Root = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug, Default)]
pub struct Store {
    rows: Mutex<HashMap<u64, String>>,
    writes: AtomicU64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    id: u64,
    name: String,
}

#[derive(Debug)]
pub enum Request {
    Get(u64),
    Rename(Vec<u64>, String),
}

#[derive(Debug)]
pub enum Error {
    Missing(u64),
    Corrupt(String),
    Number(std::num::ParseIntError),
}

impl From<std::num::ParseIntError> for Error {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Number(error)
    }
}

fn tracing(before: Option<&str>) {
    println!("{before:?}");
}
