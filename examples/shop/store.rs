//! `Store`: the shop's `SQLite` file. Every method blocks: on which thread is each way's own business.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use serde::Serialize;

use crate::order::Order;

/// What is for sale: name, price in cents, how many there are in a new database.
pub(crate) const CATALOGUE: [(&str, u32, u32); 4] = [
    ("tea", 450, 100_000),
    ("mug", 1_200, 100_000),
    ("kettle", 3_900, 100_000),
    ("teapot", 5_400, 0),
];

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS items (
        name TEXT PRIMARY KEY,
        in_stock INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY,
        item TEXT NOT NULL REFERENCES items (name),
        quantity INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS payments (
        order_id INTEGER PRIMARY KEY REFERENCES orders (id),
        cents INTEGER NOT NULL,
        receipt TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS outbox (
        order_id INTEGER PRIMARY KEY REFERENCES orders (id),
        sent INTEGER NOT NULL DEFAULT FALSE
    ) STRICT;
";

/// An order that is written and paid.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Placed {
    pub(crate) id: u32,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) cents: u32,
    pub(crate) receipt: String,
}

impl Placed {
    pub(crate) fn new(order: &Order, cents: u32, receipt: String) -> Self {
        Self { id: order.id, item: order.item.clone(), quantity: order.quantity, cents, receipt }
    }
}

#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(SCHEMA)?;
        for (name, _, in_stock) in CATALOGUE {
            connection.execute(
                "INSERT OR IGNORE INTO items (name, in_stock) VALUES (?1, ?2)",
                params![name, in_stock],
            )?;
        }
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// How many of `item` are left; `None` if it is not sold here.
    pub(crate) fn in_stock(&self, item: &str) -> Result<Option<i64>> {
        self.connection()
            .query_row("SELECT in_stock FROM items WHERE name = ?1", [item], |row| row.get(0))
            .optional()
    }

    /// Writes the order, its payment and its mail, all or nothing. The first writing of an order
    /// stands.
    pub(crate) fn record(&self, placed: &Placed) -> Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let new = transaction.execute(
            "INSERT OR IGNORE INTO orders (id, item, quantity) VALUES (?1, ?2, ?3)",
            params![placed.id, placed.item, placed.quantity],
        )?;
        if new == 1 {
            transaction.execute(
                "INSERT INTO payments (order_id, cents, receipt) VALUES (?1, ?2, ?3)",
                params![placed.id, placed.cents, placed.receipt],
            )?;
            transaction.execute("INSERT INTO outbox (order_id) VALUES (?1)", [placed.id])?;
            // May go below zero: the card is charged, so what is missing is on back order.
            transaction.execute(
                "UPDATE items SET in_stock = in_stock - ?2 WHERE name = ?1",
                params![placed.item, placed.quantity],
            )?;
        }
        transaction.commit()
    }

    pub(crate) fn find(&self, id: u32) -> Result<Option<Placed>> {
        self.connection()
            .query_row(
                "SELECT id, item, quantity, cents, receipt
                 FROM orders JOIN payments ON order_id = id WHERE id = ?1",
                [id],
                |row| {
                    Ok(Placed {
                        id: row.get(0)?,
                        item: row.get(1)?,
                        quantity: row.get(2)?,
                        cents: row.get(3)?,
                        receipt: row.get(4)?,
                    })
                },
            )
            .optional()
    }

    /// The numbers of all orders that are written with their payment.
    pub(crate) fn recorded(&self) -> Result<BTreeSet<u32>> {
        self.numbers("SELECT id FROM orders JOIN payments ON order_id = id")
    }

    /// The orders whose mail is not marked as sent.
    pub(crate) fn unsent(&self) -> Result<BTreeSet<u32>> {
        self.numbers("SELECT order_id FROM outbox WHERE NOT sent")
    }

    pub(crate) fn mark_sent(&self, order: u32) -> Result<()> {
        self.connection()
            .execute("UPDATE outbox SET sent = TRUE WHERE order_id = ?1", [order])
            .map(drop)
    }

    fn numbers(&self, query: &str) -> Result<BTreeSet<u32>> {
        self.connection().prepare(query)?.query_map([], |row| row.get(0))?.collect()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic while it was held rolled back: the connection is as good as before.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
