//! Whether a launcher of MPI programs has started this process.

/// The place of this process among those that a launcher has started together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Launch {
    /// Its number, from 0.
    pub rank: usize,
    /// How many there are.
    pub size: usize,
}

/// The variables by which launchers tell a process its number and how many there are: OpenMPI's `mpirun`; MPICH's, Intel's and
/// Slurm's with PMI; MVAPICH's; Slurm's with PMIx; and Slurm's without either, as after `srun --mpi=none`, where MPI will know of one
/// process only, and the program says so.
const VARIABLES: [[&str; 2]; 5] = [
    ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
    ["PMI_RANK", "PMI_SIZE"],
    ["MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"],
    ["PMIX_RANK", "SLURM_NTASKS"],
    ["SLURM_PROCID", "SLURM_STEP_NUM_TASKS"],
];

impl Launch {
    /// What the environment says; `None` if this process was started alone. It is known without MPI, so that a program without
    /// MPI can refuse to do the same thing several times.
    pub fn of_environment() -> Option<Self> {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        VARIABLES.iter().find_map(|[rank, size]| {
            let number = |name| variable(name)?.parse().ok();
            let launch = Self {
                rank: number(rank)?,
                size: number(size)?,
            };
            (launch.size > 1).then_some(launch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launcher_is_known_by_its_variables() {
        let of = |set: &[(&str, &str)]| {
            Launch::of(|name| {
                let found = set.iter().find(|(variable, _)| *variable == name)?;
                Some(found.1.to_owned())
            })
        };
        let launch = |rank, size| Some(Launch { rank, size });
        let open_mpi = [("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_SIZE", "4")];
        assert_eq!(of(&open_mpi), launch(3, 4));
        assert_eq!(of(&[("PMI_RANK", "0"), ("PMI_SIZE", "2")]), launch(0, 2));
        let without_pmi = [("SLURM_PROCID", "1"), ("SLURM_STEP_NUM_TASKS", "4")];
        assert_eq!(of(&without_pmi), launch(1, 4));
        // Alone, one of one, and a batch job of Slurm's whose script starts the program.
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("PMI_RANK", "0"), ("PMI_SIZE", "1")]), None);
        assert_eq!(of(&[("SLURM_NTASKS", "8"), ("SLURM_PROCID", "0")]), None);
    }
}
