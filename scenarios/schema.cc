#include "scenarios/schema.h"

namespace bootproof {
namespace {

using enum Section;

constexpr auto kKeys = std::to_array<SchemaKey>({
    {kFile, "version", Shape::kVersion, true, "", "The version of this format; 1 is the only one.",
     "version: 1"},
    {kFile, "recipes", Shape::kPaths, false, "",
     "Recipe files in which the names given by `build` are looked up, relative to this file.",
     "recipes: [recipes.yaml]"},
    {kFile, "firmware", Shape::kFirmwareBuilds, false, "",
     "Builds of firmware of one's own by name; scenarios name them on their axis `firmware`.",
     "firmware:\n  mine: {like: ovmf, code: out/OVMF_CODE.fd, vars: out/OVMF_VARS.fd}"},
    {kFile, "media", Shape::kMedia, true, "",
     "The media under test, by name; a path is short for a map with `path`.",
     "media:\n  rescue: out/rescue.iso"},
    {kFile, "causes", Shape::kOwnCauses, false, "[]",
     "Causes of your own: what a line on a console means here. They count in all scenarios of the "
     "file, and `expect_failure` and `tolerate` take their ids.",
     "causes:\n  - id: site.nic-firmware\n    stage: kernel\n    pattern: 'nic0: firmware .* not "
     "found'\n    sentence: the card's firmware is missing from the initramfs\n    hint: add it "
     "to the recipe\n    link: https://tracker.example/42"},
    {kFile, "scenarios", Shape::kScenarios, true, "",
     "What to prove: each scenario is a matrix of cells and the steps that each cell takes.",
     "scenarios:\n  - name: reaches-a-shell\n    media: rescue\n    firmware: seabios\n"
     "    device: ide-cd\n    steps:\n      - expect: 'login:'"},

    {kMedium, "path", Shape::kPath, false, "", "An image file, relative to this file.",
     "path: out/rescue.iso"},
    {kMedium, "build", Shape::kName, false, "",
     "The recipe that makes the image; needs `recipes` in the file.", "build: usb-syslinux"},
    {kMedium, "package", Shape::kText, false, "",
     "The Debian package that ships the image; needs `file`.",
     "package: grub-rescue-pc\nfile: /usr/lib/grub-rescue/grub-rescue-cdrom.iso"},
    {kMedium, "file", Shape::kText, false, "", "The absolute path of the image in `package`.",
     "package: ipxe\nfile: /usr/lib/ipxe/ipxe.iso"},
    {kMedium, "kernel", Shape::kSource, false, "",
     "A kernel that QEMU starts directly, with no medium at all; its scenarios have the firmware "
     "`kernel` and no `device`.",
     "kernel: out/bzImage"},
    {kMedium, "initrd", Shape::kSource, false, "", "The initial ramdisk of `kernel`.",
     "kernel: out/bzImage\ninitrd: {build: busybox-initramfs}"},
    {kMedium, "append", Shape::kText, false, "''", "The command line of `kernel`.",
     "kernel: out/bzImage\nappend: console=ttyS0"},
    {kMedium, "architecture", Shape::kMediumArchitecture, false, "",
     "With `kernel`: what it runs on, `x86_64` (default) or `aarch64`. With `package`: Debian's "
     "word "
     "`amd64` (default) or `arm64`.",
     "kernel: out/Image\narchitecture: aarch64"},

    {kMedium, "alter", Shape::kMediumName, false, "",
     "Another medium of this file, an image that stands above: this one is it with `changes`. The "
     "healthy image is not touched.",
     "alter: rescue\nchanges: {file: /EFI/BOOT/BOOTX64.EFI, at: 4096, xor: 1}"},
    {kMedium, "changes", Shape::kChanges, false, "", "What is changed in the medium of `alter`.",
     "alter: rescue\nchanges:\n  - {at: 32768, bytes: '00'}"},

    {kChange, "file", Shape::kText, false, "",
     "A path on a file system of the medium. It is changed wherever it stands: an ISO often holds "
     "what its boot image for UEFI holds too. By default the image itself is meant.",
     "file: /EFI/BOOT/BOOTX64.EFI\nat: 4096\nxor: 1"},
    {kChange, "at", Shape::kOffset, true, "", "The offset in the file or image, in bytes.",
     "at: 32768\nbytes: '00'"},
    {kChange, "xor", Shape::kBits, false, "",
     "Turns these bits of the one byte there over: never the byte that stands there already.",
     "at: 510\nxor: 255"},
    {kChange, "bytes", Shape::kText, false, "",
     "Writes these bytes, given as two hexadecimal digits each.", "at: 510\nbytes: '00 00'"},

    {kFirmwareBuild, "like", Shape::kLike, true, "",
     "The word for what this is a build of: it says which machine the build needs.",
     "like: ovmf\n"
     "code: out/OVMF_CODE.fd\nvars: out/OVMF_VARS.fd"},
    {kFirmwareBuild, "code", Shape::kSource, false, "",
     "The code: the first flash device, or the whole BIOS for `like: seabios`. By default the "
     "installed one.",
     "like: seabios\ncode: out/bios.bin"},
    {kFirmwareBuild, "vars", Shape::kSource, false, "",
     "The varstore, which each cell gets a copy of: with `code` the one built with it, alone one "
     "with keys of your own.",
     "like: ovmf-secure-own\nvars: keys/OVMF_VARS.fd"},

    {kSource, "path", Shape::kPath, false, "", "A file, relative to this file.",
     "path: out/bzImage"},
    {kSource, "build", Shape::kName, false, "", "The recipe that makes the file.",
     "build: busybox-initramfs"},
    {kSource, "package", Shape::kText, false, "", "The Debian package that ships the file.",
     "package: busybox-static\nfile: /bin/busybox"},
    {kSource, "file", Shape::kText, false, "", "The absolute path of the file in `package`.",
     "package: busybox-static\nfile: /bin/busybox"},
    {kSource, "architecture", Shape::kDebianArchitecture, false, "amd64",
     "Debian's word for the architecture of `package`.",
     "package: busybox-static\nfile: /bin/busybox\narchitecture: arm64"},

    {kScenario, "extends", Shape::kName, false, "",
     "A scenario above this one in the file: every key that is not given here is taken from it.",
     "extends: reaches-a-shell\nname: reaches-a-shell-with-more-memory\nmemory: 2G"},
    {kScenario, "name", Shape::kName, true, "",
     "Names the scenario in reports and folders; unique in the file.", "name: reaches-a-shell"},
    {kScenario, "media", Shape::kMediumNames, false, "",
     "Axis of the matrix: names out of the file's `media`. May be left out, with all other axes, "
     "where `include` gives the cells.",
     "media: [rescue, stick]"},
    {kScenario, "firmware", Shape::kFirmwares, false, "",
     "Axis of the matrix: what starts the medium. May be left out where all media are kernels.",
     "firmware: [seabios, ovmf]"},
    {kScenario, "device", Shape::kDevices, false, "",
     "Axis of the matrix: how the machine sees the medium. Has to be left out for kernels.",
     "device: [ide-cd, usb-storage]"},
    {kScenario, "machine", Shape::kMachines, false, "",
     "Axis of the matrix: the machine type. By default `virt` for aarch64, `pc` for `ide-cd` and "
     "`ide-hd`, `q35` for the rest.",
     "machine: [pc, q35]"},
    {kScenario, "controller", Shape::kControllers, false, "",
     "Axis of the matrix: what a USB or SCSI device hangs on. By default `xhci` (for `usb-uas` "
     "`ehci`) and `virtio-scsi`.",
     "controller: [xhci, nec-xhci]"},
    {kScenario, "hide", Shape::kHidden, false, "nothing",
     "Axis of the matrix: `el-torito` makes the boot record that names the boot catalog one that "
     "no "
     "firmware knows, so that a disc has to be started by its partition table.",
     "hide: [nothing, el-torito]"},
    {kScenario, "removable", Shape::kBooleans, false, "true",
     "Axis of the matrix: whether `usb-storage` says that its medium can be taken out.",
     "removable: [true, false]"},
    {kScenario, "larger", Shape::kSizes, false, "0M",
     "Axis of the matrix: by how much the stick or disk is larger than the image that was written "
     "to it. The backup GPT then is not at its end.",
     "larger: [0M, 64M]"},
    {kScenario, "read_only", Shape::kBooleans, false, "false",
     "Axis of the matrix: whether the disk refuses writes; otherwise they go to an overlay that "
     "lasts as long as the cell.",
     "read_only: true"},
    {kScenario, "tpm", Shape::kBooleans, false, "false",
     "Axis of the matrix: whether the machine has a TPM 2.0 (emulated by swtpm).", "tpm: true"},
    {kScenario, "exclude", Shape::kFilters, false, "[]",
     "Cells to leave out: those that match every key of one of these filters.",
     "exclude:\n  - {firmware: ovmf, device: ide-cd}"},
    {kScenario, "include", Shape::kFilters, false, "[]",
     "Cells to add, each with one value of each axis.",
     "include:\n  - {media: rescue, firmware: ovmf-secure, device: scsi-cd}"},
    {kScenario, "memory", Shape::kMemory, false, "512M", "Memory of the machine.", "memory: 1G"},
    {kScenario, "cpus", Shape::kCpus, false, "1", "Number of processors.", "cpus: 2"},
    {kScenario, "cpu_model", Shape::kText, false, "",
     "QEMU's `-cpu`; by default the one that suits machine and accelerator.", "cpu_model: Nehalem"},
    {kScenario, "sector_size", Shape::kSectorSize, false, "512",
     "Sector size of the disk that the machine sees, in bytes; `virtio-blk`, `scsi-hd` and `nvme` "
     "can have 4096.",
     "sector_size: 4096"},
    {kScenario, "disks", Shape::kDisks, false, "[]",
     "Further media of the machine, after the one under test in the order of boot; each cell has "
     "its own.",
     "disks:\n  - {size: 1G, device: virtio-blk}"},
    {kScenario, "network", Shape::kBoolean, false, "false",
     "Whether the machine has a network card (QEMU's user network).", "network: true"},
    {kScenario, "countdowns", Shape::kCountdowns, false, "skip",
     "Whether the countdowns of firmware and loaders are cut short, and menus that wait are moved "
     "on in a `reach` step.",
     "countdowns: keep"},
    {kScenario, "step_limit", Shape::kDuration, false, "60s",
     "How long a step without `within` may take; scaled by the speed of the host.",
     "step_limit: 90s"},
    {kScenario, "cell_limit", Shape::kDuration, false, "5m",
     "How long the whole case may take; scaled by the speed of the host.", "cell_limit: 10m"},
    {kScenario, "silence_limit", Shape::kDuration, false, "30s",
     "How long the machine may print nothing at all; scaled by the speed of the host.",
     "silence_limit: 1m"},
    {kScenario, "steps", Shape::kSteps, false, "[]",
     "What is expected of the console and what is sent to it, in order. Needed unless "
     "`expect_failure` is given.",
     "steps:\n  - expect: 'GNU GRUB'\n    within: 20s\n  - key: enter\n  - expect: 'login:'"},
    {kScenario, "expect_failure", Shape::kExpectedFailure, false, "",
     "Makes a negative control: the case passes only when it fails for this cause, or one of "
     "these.",
     "expect_failure: {cause: firmware.no-bootable-device}"},
    {kScenario, "tolerate", Shape::kCauses, false, "[]",
     "Causes whose signatures do not end this case.", "tolerate: [loader.waits-for-input]"},

    {kDisk, "medium", Shape::kMediumName, false, "", "A name out of the file's `media`.",
     "medium: rescue\ndevice: scsi-hd"},
    {kDisk, "size", Shape::kMemory, false, "", "The size of an empty disk.",
     "size: 1G\ndevice: nvme"},
    {kDisk, "device", Shape::kDevice, true, "", "How the machine sees it.",
     "size: 1G\ndevice: virtio-blk"},
    {kDisk, "controller", Shape::kController, false, "", "What a USB or SCSI device hangs on.",
     "size: 1G\ndevice: scsi-hd\ncontroller: megasas"},

    {kFilter, "media", Shape::kMediumNames, false, "", "Names of media.", "media: stick"},
    {kFilter, "firmware", Shape::kFirmwares, false, "", "Kinds of firmware.", "firmware: ovmf"},
    {kFilter, "device", Shape::kDevices, false, "", "Devices.", "device: [ide-cd, scsi-cd]"},
    {kFilter, "machine", Shape::kMachines, false, "", "Machine types.", "machine: q35"},
    {kFilter, "controller", Shape::kControllers, false, "", "Controllers.", "controller: nec-xhci"},
    {kFilter, "hide", Shape::kHidden, false, "", "What is hidden.", "hide: el-torito"},
    {kFilter, "removable", Shape::kBooleans, false, "", "Whether sticks say that they are.",
     "removable: false"},
    {kFilter, "larger", Shape::kSizes, false, "", "How much larger sticks are.", "larger: 64M"},
    {kFilter, "read_only", Shape::kBooleans, false, "", "Whether disks refuse writes.",
     "read_only: true"},
    {kFilter, "tpm", Shape::kBooleans, false, "", "Whether there is a TPM.", "tpm: true"},

    {kStep, "expect", Shape::kPatterns, false, "",
     "Waits for a pattern (RE2), or for `any` or `all` of several.", "expect: 'login: *$'"},
    {kStep, "send", Shape::kText, false, "",
     "Sends text to the serial line; `\\n` is the Enter key, `\\t`, `\\r`, `\\e` and `\\\\` mean "
     "what they "
     "mean in YAML, however the text is quoted.",
     "send: 'root\\n'"},
    {kStep, "key", Shape::kKeyName, false, "", "Presses one named key.", "key: enter"},
    {kStep, "wait_quiet", Shape::kDuration, false, "",
     "Waits until nothing has come on the serial line for so long.", "wait_quiet: 2s"},
    {kStep, "reach", Shape::kGoal, false, "",
     "Waits until the medium has come so far on its own: a `loader` that has come to rest, a "
     "started `kernel`, the system's own init (`userspace`), or a login, shell or installer's "
     "question that waits for a person (`prompt`). A menu that waits gets Enter, unless "
     "`countdowns: keep`. Where this is the first step and the inspection of the medium says that "
     "it can't boot so, the cell is skipped and the reason told.",
     "reach: prompt"},
    {kStep, "eject", Shape::kTrue, false, "",
     "Takes the disc out of the drive. May stand alone: `- eject`.", "eject: true"},
    {kStep, "insert", Shape::kMediumName, false, "", "Puts a disc into the drive.",
     "insert: rescue"},
    {kStep, "plug", Shape::kMediumName, false, "",
     "Plugs in a USB stick with this medium while the machine runs.", "plug: stick"},
    {kStep, "unplug", Shape::kMediumName, false, "", "Pulls out what `plug` has plugged in.",
     "unplug: stick"},
    {kStep, "reset", Shape::kTrue, false, "",
     "Presses the reset button. May stand alone: `- reset`.", "reset: true"},
    {kStep, "power_down", Shape::kPowerDown, false, "",
     "Presses the power button (`button`, also where it stands alone) or not (`guest`), and waits "
     "until the guest has switched the machine off.",
     "power_down: guest\nwithin: 30s"},
    {kStep, "cold_boot", Shape::kTrue, false, "",
     "Takes the power away and gives it back; varstore, disks and TPM keep what was written. May "
     "stand alone: `- cold_boot`.",
     "cold_boot: true"},
    {kStep, "within", Shape::kDuration, false, "",
     "How long an `expect`, `reach`, `wait_quiet` or `power_down` may take; by default the "
     "scenario's `step_limit`.",
     "expect: 'GNU GRUB'\nwithin: 20s"},
    {kStep, "on", Shape::kMatchOn, false, "any",
     "Where `expect` looks: the serial stream (`serial`), the serial terminal's screen (`screen`), "
     "either (`any`), or the machine's own screen alone (`vga`, x86_64 only). Where the serial "
     "line has been silent for 2 s, `any` and `screen` look at the machine's own screen too; in a "
     "graphics mode its text is read by the fonts of Linux, UEFI, GRUB and the VGA.",
     "expect: 'GNU GRUB'\non: vga"},
    {kStep, "via", Shape::kVia, false, "serial",
     "Which way `key` takes: the serial line, or the machine's keyboard. Both `key` and "
     "`send` take the keyboard in any case if what they answer stands on the machine's own screen "
     "alone.",
     "key: down\nvia: keyboard"},

    {kExpect, "any", Shape::kPatternList, false, "", "One of these patterns is enough.",
     "any: ['login:', 'grub>']"},
    {kExpect, "all", Shape::kPatternList, false, "",
     "All of these patterns have to be seen, in any order.", "all: ['eth0', 'sda']"},

    {kExpectedFailure, "cause", Shape::kExpectedCauses, true, "",
     "The cause for which the case passes, or several; `*` stands for any rest of a name.",
     "cause: [firmware.no-bootable-device, 'loader.*']"},

    {kCause, "id", Shape::kCauseId, true, "",
     "What verdicts call it: words of small letters, digits and `-` with dots between. The first "
     "is none that bootproof's own causes begin with (`kernel`, `loader`, ...): those may grow.",
     "id: site.nic-firmware"},
    {kCause, "stage", Shape::kStage, true, "", "The stage of the boot that fails.",
     "stage: kernel"},
    {kCause, "pattern", Shape::kPatternList, true, "",
     "RE2, or a list of which one is enough: looked for in each line of the console, of the "
     "screens, of the firmware's log and of the kernel's log in memory, without escape sequences "
     "and outer blanks.",
     "pattern: 'nic0: firmware .* not found'"},
    {kCause, "sentence", Shape::kText, true, "", "What happened, for people.",
     "sentence: the card's firmware is missing"},
    {kCause, "hint", Shape::kText, false, "", "What to do.", "hint: add it to the initramfs"},
    {kCause, "link", Shape::kLink, false, "", "Where it is tracked; reports show it.",
     "link: https://tracker.example/42"},
    {kCause, "proof", Shape::kProof, false, "certain",
     "What the line proves: that the boot is lost (`certain`); that it is lost where the line "
     "stays the last one, as a prompt does (`settled`); nothing, but it is the reason of a loss "
     "that is proved later (`explains`).",
     "proof: settled"},
    {kCause, "settle", Shape::kDuration, false, "3s",
     "With `proof: settled`: how long nothing may come after the line; scaled by the speed of the "
     "host.",
     "proof: settled\nsettle: 5s"},
    {kCause, "explains", Shape::kCauseGlobs, false, "'*'",
     "With `proof: explains`: the causes that it is the reason of; `*` stands for any rest of a "
     "name.",
     "proof: explains\nexplains: ['machine.silent', 'kernel.panic.*']"},
    {kCause, "ignore", Shape::kBoolean, false, "false",
     "The failure is known and let pass: whatever a line that matches would prove does not count. "
     "Reports name the causes that were ignored.",
     "ignore: true"},
    {kCause, "expires", Shape::kDate, false, "",
     "With `ignore`: the last day on which it is ignored (UTC). After it the line counts as "
     "`proof` says, and each run warns.",
     "ignore: true\nexpires: 2027-01-31"},

    {kCausesFile, "version", Shape::kVersion, true, "",
     "The version of this format; 1 is the only one.", "version: 1"},
    {kCausesFile, "causes", Shape::kOwnCauses, true, "", "The causes.",
     "causes:\n  - {id: site.nic, stage: kernel, pattern: 'nic0: dead', sentence: the card is "
     "dead}"},
});

}  // namespace

std::span<const SchemaKey> schema_keys() { return kKeys; }

std::vector<std::string_view> key_names(Section section) {
  std::vector<std::string_view> names;
  for (const SchemaKey& key : kKeys) {
    if (key.section == section) {
      names.push_back(key.name);
    }
  }
  return names;
}

std::string_view name_of(Section section) {
  switch (section) {
    case kFile:
      return "a scenario file";
    case kMedium:
      return "a medium";
    case kChange:
      return "a change";
    case kFirmwareBuild:
      return "a firmware";
    case kDisk:
      return "a disk";
    case kSource:
      return "a file";
    case kScenario:
      return "a scenario";
    case kFilter:
      return "a filter";
    case kStep:
      return "a step";
    case kExpect:
      return "'expect'";
    case kExpectedFailure:
      return "'expect_failure'";
    case kCause:
      return "a cause";
    case kCausesFile:
      break;
  }
  return "a file of causes";
}

}  // namespace bootproof
