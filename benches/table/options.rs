//! The command line of the bench target.

/// What there is to measure.
const PARTS: [&str; 7] =
    ["instructions", "peers", "bytes", "sleepers", "two-threads", "flat", "chain"];

/// What is measured unless something is named.
const QUICK: [&str; 3] = ["instructions", "bytes", "sleepers"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Measure,
    Check,
    Update,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) task: Task,
    pub(crate) is_long: bool,
    pub(crate) writes: bool,
    pub(crate) shifts: u64,
    pub(crate) rows: Vec<String>,
    pub(crate) owners: Vec<String>,
    named: Vec<String>,
}

impl Options {
    pub(crate) fn measures(&self, part: &str) -> bool {
        let quick = self.named.is_empty() && QUICK.contains(&part);
        let measuring = self.task == Task::Measure;
        measuring && (self.is_long || quick || self.names(part))
    }

    /// Whether all is measured that the committed table and picture are made of.
    pub(crate) fn measures_the_table(&self) -> bool {
        QUICK.iter().all(|part| self.measures(part))
    }

    /// Whether a part was asked for, so that its own table is shown too.
    pub(crate) fn names(&self, part: &str) -> bool {
        self.is_long || self.named.iter().any(|named| named == part)
    }
}

/// The options, or what is wrong with them.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let (rows, owners, named) = (Vec::new(), Vec::new(), Vec::new());
    let (task, shifts) = (Task::Measure, 4);
    let mut options = Options { task, is_long: false, writes: false, shifts, rows, owners, named };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("`{argument}` needs a value"));
        let list = |value: String| value.split(',').map(str::to_owned).collect();
        match argument.as_str() {
            "--bench" => {} // cargo's own
            "--long" => (options.is_long, options.shifts) = (true, 8),
            "--write" => options.writes = true,
            "--check" => options.task = Task::Check,
            "--update" => options.task = Task::Update,
            "--rows" => options.rows = list(value()?),
            "--owners" => options.owners = list(value()?),
            "--shifts" => {
                let value = value()?;
                let shifts = value.parse().ok().filter(|shifts| (1..=8).contains(shifts));
                options.shifts = shifts.ok_or(format!("`--shifts` is 1 to 8, not `{value}`"))?;
            }
            part if PARTS.contains(&part) => options.named.push(argument),
            _ => return Err(format!("`{argument}` is none of {PARTS:?} and no option")),
        }
    }
    Ok(options)
}
