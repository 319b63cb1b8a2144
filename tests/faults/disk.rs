//! No room.

use std::io::Write as _;
use std::process::Stdio;

use super::common::runs::Workshop;
use super::*;

/// `gpu-lstm` that cannot write files of more than 16 KiB.
fn limited(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    // Blocks have 512 bytes or 1024. Without the trap the signal would end the process.
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]).arg(cargo_bin!("gpu-lstm"));
    command.current_dir(folder);
    command
}

/// A file system of a few MiB, which only root can make.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    fn new(path: PathBuf) -> Option<Self> {
        fs::create_dir(&path).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self { path })
    }

    /// Takes all room that is left.
    fn fill(&self) {
        let mut filler = fs::File::create(self.path.join("filler")).expect("a file");
        while filler.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    }

    fn free(&self) {
        fs::remove_file(self.path.join("filler")).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn a_file_that_grows_too_large_leaves_the_last_state_and_no_part_of_the_next() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    assert_succeeds(&train(program(&folder), "whole", "--steps 40"));
    // A new run leaves nothing, one that goes on leaves what was there.
    let new = train(limited(&folder), "none", "--steps 40");
    assert_fails(&new, &["there is no room for none/state.safetensors; about ", " KiB must be free", "--resume"]);
    assert_eq!(contents(&folder.join("none")), []);
    let mut started = program(&folder);
    started.args(["train", "songs", "--run", "parts", "--steps", "40"]).args(TINY).stderr(Stdio::null());
    let mut started = started.spawn().expect("it starts");
    wait_until("a model", || folder.join("parts/model.safetensors").exists());
    started.kill().expect("killed");
    started.wait().expect("it is dead");
    let before = contents(&folder.join("parts"));
    assert_fails(&resume(limited(&folder), "parts", ""), &["there is no room for parts/state.safetensors"]);
    assert_eq!(contents(&folder.join("parts")), before);
    assert_succeeds(&resume(program(&folder), "parts", ""));
    workshop.assert_same("whole", "parts");
    // The same of a piece of music.
    let output = limited(&folder).args(words("generate whole --events 6000 --no-end -o long.mid")).output();
    assert_fails(&output.expect("it starts"), &["there is no room for long.mid"]);
    assert!(!folder.join("long.mid").exists() && !folder.join("long.mid.tmp").exists());
}

#[test]
fn a_full_disk_keeps_the_run_that_was_to_be_replaced() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let Some(disk) = SmallDisk::new(folder.join("disk")) else {
        eprintln!("only root can make a small disk; the test with a limit on the size of files takes its place");
        return;
    };
    assert_succeeds(&train(program(&folder), "disk/run", "--steps 20"));
    let before = contents(&disk.path.join("run"));
    assert_eq!(before.len(), 5, "model, state, metrics, options and report");
    disk.fill();
    for output in [
        train(program(&folder), "disk/run", "--steps 20 --overwrite"),
        resume(program(&folder), "disk/run", "--steps 40"),
    ] {
        assert_fails(&output, &["there is no room for disk/run/state.safetensors; about "]);
        assert_eq!(contents(&disk.path.join("run")), before);
    }
    disk.free();
    assert_succeeds(&resume(program(&folder), "disk/run", "--steps 40"));
    assert_succeeds(&train(program(&folder), "disk/run", "--steps 10 --overwrite"));
    assert_eq!(contents(&disk.path.join("run")).len(), 5);
}

#[test]
fn the_latest_run_is_put_back_where_a_new_one_cannot_be_saved() {
    let workshop = Workshop::new();
    let folder = workshop.path("");
    let train =
        |mut program: Command| program.args(["train", "songs", "--steps=4"]).args(TINY).output().expect("it starts");
    assert_succeeds(&train(program(&folder)));
    let before = contents(&folder.join("runs/latest"));
    assert_fails(
        &train(limited(&folder)),
        &["is back in runs/latest", "there is no room for runs/latest/state.safetensors"],
    );
    assert_eq!(contents(&folder.join("runs/latest")), before);
    assert!(!folder.join("runs/previous-1").exists());
}
