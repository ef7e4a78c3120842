//! What ranks tell one another before they begin: who they are, and what they were started with. Ranks of other versions, with
//! other images or another recipe would train something that nobody has asked for.

use serde::{Deserialize, Serialize};

use super::{Collective, CollectiveError, Communicator, Ranks};

/// A rank, as it introduces itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// The name of its machine.
    pub host: String,
    /// The number of its process there.
    pub process: u32,
    /// Things that must be the same in every rank, each with its name.
    pub facts: Vec<(String, String)>,
}

/// The facts of a program: its version, the commit that it was built from if that is known, and what it was asked to do.
pub(super) fn facts(command: &str) -> Vec<(String, String)> {
    let commit = option_env!("DDPM_COMMIT").unwrap_or("unknown");
    [
        ("the version", env!("CARGO_PKG_VERSION")),
        ("the commit", commit),
        ("the command", command),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Introduces the ranks to one another: from then on messages name them with machine and process. Each then knows that all
/// run the same version of the program with the same command.
///
/// # Errors
/// [`CollectiveError::Disagree`] in every rank if one is of another version; else as [`Collective::all_to_all`].
pub fn meet(communicator: &Communicator, command: &str) -> Result<(), CollectiveError> {
    meet_with(communicator, facts(command))
}

/// What a greeting is called in messages.
pub(super) const GREETING: &str = "the greeting";

/// [`meet`], for a program with these facts.
pub(super) fn meet_with(
    communicator: &Communicator,
    facts: Vec<(String, String)>,
) -> Result<(), CollectiveError> {
    let own = Peer {
        host: communicator.host().to_owned(),
        process: std::process::id(),
        facts,
    };
    let peers = gather(communicator, GREETING, &own)?;
    let name = |(rank, peer): (usize, &Peer)| {
        format!(
            "rank {rank} (machine {}, process {})",
            peer.host, peer.process
        )
    };
    let names: Vec<String> = peers.iter().enumerate().map(name).collect();
    communicator.name(names.clone());
    let facts: Vec<_> = peers.into_iter().map(|peer| peer.facts).collect();
    compare(&names, &facts)
}

/// Compares things that must be the same in every rank.
///
/// * `facts`: each with its name, which is part of a message
///
/// # Errors
/// [`CollectiveError::Disagree`] in every rank if one has something else; else as [`Collective::all_to_all`].
pub fn agree<N: Into<String>>(
    ranks: &Ranks,
    facts: impl IntoIterator<Item = (N, String)>,
) -> Result<(), CollectiveError> {
    let Some(collective) = ranks.collective() else {
        return Ok(());
    };
    let facts = facts.into_iter();
    let own = facts.map(|(name, value)| (name.into(), value)).collect();
    agree_by(collective, own)
}

/// [`agree`], by the collective of several ranks.
pub(super) fn agree_by(
    collective: &dyn Collective,
    own: Vec<(String, String)>,
) -> Result<(), CollectiveError> {
    let all = gather(collective, "what the ranks were started with", &own)?;
    let names: Vec<String> = (0..all.len()).map(|rank| format!("rank {rank}")).collect();
    compare(&names, &all)
}

/// Every rank's value.
fn gather<T: Serialize + for<'a> Deserialize<'a>>(
    collective: &dyn Collective,
    what: &str,
    own: &T,
) -> Result<Vec<T>, CollectiveError> {
    let bytes = serde_json::to_vec(own).expect("strings and numbers");
    let all = collective.all_gather(what, bytes)?;
    let read = |(rank, bytes): (usize, Vec<u8>)| {
        serde_json::from_slice(&bytes).map_err(|error| {
            CollectiveError::Disagree(format!(
                "rank {rank} is of another version of the program: its message cannot be read ({error})"
            ))
        })
    };
    all.into_iter().enumerate().map(read).collect()
}

/// Fails with the differences between the first rank's facts and those of the others. A fact that only one of the two has is
/// a difference, too.
fn compare(names: &[String], facts: &[Vec<(String, String)>]) -> Result<(), CollectiveError> {
    let value = |facts: &[(String, String)], name: &str| {
        let found = facts.iter().find(|(its, _)| its == name);
        found.map_or_else(|| "nothing".to_owned(), |(_, value)| value.clone())
    };
    let mut differences = Vec::new();
    for (name, its) in names.iter().zip(facts).skip(1) {
        let only_theirs = its
            .iter()
            .filter(|(fact, _)| !facts[0].iter().any(|(first, _)| first == fact));
        for (fact, _) in facts[0].iter().chain(only_theirs) {
            let (first, other) = (value(&facts[0], fact), value(its, fact));
            if first != other {
                differences.push(format!("{fact} is {other} in {name} and {first} in rank 0"));
            }
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(CollectiveError::Disagree(format!(
        "the ranks were not started with the same: {}",
        differences.join("; ")
    )))
}
