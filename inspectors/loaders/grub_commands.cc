#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Commands of GRUB 2.06 and of what distributions add to it that change nothing which is followed
/// here. Sorted.
constexpr auto kOtherCommands = std::to_array<std::string_view>({"915resolution",
                                                                 "acpi",
                                                                 "appleloader",
                                                                 "authenticate",
                                                                 "background_color",
                                                                 "background_image",
                                                                 "backtrace",
                                                                 "badram",
                                                                 "blocklist",
                                                                 "bootlin",
                                                                 "cat",
                                                                 "cbmemc",
                                                                 "clear",
                                                                 "cmosclean",
                                                                 "cmosdump",
                                                                 "cmosset",
                                                                 "cmostest",
                                                                 "cmp",
                                                                 "coreboot_boottime",
                                                                 "cpuid",
                                                                 "crc",
                                                                 "cryptomount",
                                                                 "cutmem",
                                                                 "date",
                                                                 "decrement",
                                                                 "distrust",
                                                                 "drivemap",
                                                                 "dump",
                                                                 "echo",
                                                                 "efiemu_loadcore",
                                                                 "efiemu_prepare",
                                                                 "efiemu_unload",
                                                                 "efitextmode",
                                                                 "fakebios",
                                                                 "fix_video",
                                                                 "functional_test",
                                                                 "fwconnect",
                                                                 "gdbstub",
                                                                 "gdbstub_break",
                                                                 "gdbstub_stop",
                                                                 "getenv",
                                                                 "gettext",
                                                                 "gptsync",
                                                                 "hashsum",
                                                                 "hdparm",
                                                                 "hello",
                                                                 "help",
                                                                 "hexdump",
                                                                 "hexdump_random",
                                                                 "hwmatch",
                                                                 "inb",
                                                                 "increment",
                                                                 "inl",
                                                                 "inw",
                                                                 "keymap",
                                                                 "keystatus",
                                                                 "kfreebsd_loadenv",
                                                                 "legacy_check_password",
                                                                 "legacy_password",
                                                                 "list_env",
                                                                 "list_trusted",
                                                                 "loadbios",
                                                                 "ls",
                                                                 "lsacpi",
                                                                 "lsapm",
                                                                 "lscoreboot",
                                                                 "lsefi",
                                                                 "lsefimmap",
                                                                 "lsefisystab",
                                                                 "lsfonts",
                                                                 "lsmmap",
                                                                 "lsmod",
                                                                 "lspci",
                                                                 "lssal",
                                                                 "macppcbless",
                                                                 "mactelbless",
                                                                 "md5sum",
                                                                 "nativedisk",
                                                                 "net_add_addr",
                                                                 "net_add_dns",
                                                                 "net_add_route",
                                                                 "net_bootp",
                                                                 "net_bootp6",
                                                                 "net_del_addr",
                                                                 "net_del_dns",
                                                                 "net_del_route",
                                                                 "net_dhcp",
                                                                 "net_get_dhcp_option",
                                                                 "net_ipv6_autoconf",
                                                                 "net_ls_addr",
                                                                 "net_ls_cards",
                                                                 "net_ls_dns",
                                                                 "net_ls_routes",
                                                                 "net_nslookup",
                                                                 "outb",
                                                                 "outl",
                                                                 "outw",
                                                                 "parttool",
                                                                 "password",
                                                                 "password_pbkdf2",
                                                                 "pcidump",
                                                                 "play",
                                                                 "read_byte",
                                                                 "read_dword",
                                                                 "read_word",
                                                                 "rmmod",
                                                                 "save_env",
                                                                 "sendkey",
                                                                 "setparams",
                                                                 "setpci",
                                                                 "sha1sum",
                                                                 "sha256sum",
                                                                 "sha512sum",
                                                                 "sleep",
                                                                 "terminfo",
                                                                 "testload",
                                                                 "testspeed",
                                                                 "time",
                                                                 "trust",
                                                                 "usb",
                                                                 "vbeinfo",
                                                                 "vbetest",
                                                                 "verify_detached",
                                                                 "version",
                                                                 "videoinfo",
                                                                 "videotest",
                                                                 "write_byte",
                                                                 "write_dword",
                                                                 "write_word",
                                                                 "wrmsr",
                                                                 "xnu_uuid",
                                                                 "zfsinfo",
                                                                 "zfskey"});

}  // namespace

struct GrubEvaluator::CommandRow {
  std::string_view name;
  Handler handler;
};

const GrubEvaluator::CommandRow* GrubEvaluator::find_command(std::string_view name) {
  using E = GrubEvaluator;
  static constexpr std::array kRows{
      CommandRow{".", &E::command_source},
      CommandRow{"[", &E::command_test},
      CommandRow{"blscfg", &E::command_adds_entries},
      CommandRow{"boot", &E::command_boot},
      CommandRow{"chainloader", &E::command_chainloader},
      CommandRow{"configfile", &E::command_configfile},
      CommandRow{"devicetree", &E::command_module},
      CommandRow{"efi-shell", &E::command_action},
      CommandRow{"eval", &E::command_unknown_effect},
      CommandRow{"exit", &E::command_action},
      CommandRow{"export", &E::command_export},
      CommandRow{"extract_entries_configfile", &E::command_adds_entries},
      CommandRow{"extract_entries_source", &E::command_adds_entries},
      CommandRow{"extract_legacy_entries_configfile", &E::command_adds_entries},
      CommandRow{"extract_legacy_entries_source", &E::command_adds_entries},
      CommandRow{"extract_syslinux_entries_configfile", &E::command_adds_entries},
      CommandRow{"extract_syslinux_entries_source", &E::command_adds_entries},
      CommandRow{"false", &E::command_false},
      CommandRow{"file", &E::command_unknown_effect},
      CommandRow{"freedos", &E::command_chainloader},
      CommandRow{"fwsetup", &E::command_action},
      CommandRow{"halt", &E::command_action},
      CommandRow{"initrd", &E::command_initrd},
      CommandRow{"initrd16", &E::command_initrd},
      CommandRow{"initrdefi", &E::command_initrd},
      CommandRow{"insmod", &E::command_insmod},
      CommandRow{"kfreebsd", &E::command_linux},
      CommandRow{"kfreebsd_module", &E::command_module},
      CommandRow{"kfreebsd_module_elf", &E::command_module},
      CommandRow{"knetbsd", &E::command_linux},
      CommandRow{"knetbsd_module", &E::command_module},
      CommandRow{"knetbsd_module_elf", &E::command_module},
      CommandRow{"kopenbsd", &E::command_linux},
      CommandRow{"kopenbsd_ramdisk", &E::command_module},
      CommandRow{"legacy_configfile", &E::command_adds_entries},
      CommandRow{"legacy_initrd", &E::command_initrd},
      CommandRow{"legacy_initrd_nounzip", &E::command_initrd},
      CommandRow{"legacy_kernel", &E::command_linux},
      CommandRow{"legacy_source", &E::command_adds_entries},
      CommandRow{"linux", &E::command_linux},
      CommandRow{"linux16", &E::command_linux},
      CommandRow{"linuxefi", &E::command_linux},
      CommandRow{"load_env", &E::command_load_env},
      CommandRow{"loadfont", &E::command_loadfont},
      CommandRow{"loopback", &E::command_loopback},
      CommandRow{"module", &E::command_module},
      CommandRow{"module2", &E::command_module},
      CommandRow{"multiboot", &E::command_linux},
      CommandRow{"multiboot2", &E::command_linux},
      CommandRow{"normal", &E::command_normal},
      CommandRow{"normal_exit", &E::command_action},
      CommandRow{"ntldr", &E::command_chainloader},
      CommandRow{"plan9", &E::command_linux},
      CommandRow{"probe", &E::command_sets_variable},
      CommandRow{"pxechainloader", &E::command_chainloader},
      CommandRow{"rdmsr", &E::command_sets_variable},
      CommandRow{"read", &E::command_sets_variable},
      CommandRow{"reboot", &E::command_action},
      CommandRow{"regexp", &E::command_sets_variable},
      CommandRow{"search", &E::command_search},
      CommandRow{"search.file", &E::command_search_by_name},
      CommandRow{"search.fs_label", &E::command_search_by_name},
      CommandRow{"search.fs_uuid", &E::command_search_by_name},
      CommandRow{"serial", &E::command_true},
      CommandRow{"set", &E::command_set},
      CommandRow{"shift", &E::command_unknown_effect},
      CommandRow{"smbios", &E::command_sets_variable},
      CommandRow{"source", &E::command_source},
      CommandRow{"syslinux_configfile", &E::command_adds_entries},
      CommandRow{"syslinux_source", &E::command_adds_entries},
      CommandRow{"terminal_input", &E::command_terminal},
      CommandRow{"terminal_output", &E::command_terminal},
      CommandRow{"test", &E::command_test},
      CommandRow{"tr", &E::command_sets_variable},
      CommandRow{"true", &E::command_true},
      CommandRow{"truecrypt", &E::command_chainloader},
      CommandRow{"unset", &E::command_unset},
      CommandRow{"xen_hypervisor", &E::command_linux},
      CommandRow{"xen_module", &E::command_module},
      CommandRow{"xnu_kernel", &E::command_linux},
      CommandRow{"xnu_kernel64", &E::command_linux},
      CommandRow{"xnu_kext", &E::command_unknown_effect},
      CommandRow{"xnu_kextdir", &E::command_unknown_effect},
      CommandRow{"xnu_resume", &E::command_unknown_effect},
      CommandRow{"zfs-bootfs", &E::command_sets_variable},
  };
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const CommandRow& r) { return r.name == name; });
  return row == kRows.end() ? nullptr : row;
}

Truth GrubEvaluator::run_command(Arguments arguments, const GrubCommand& command, Flow& flow) {
  const GrubArgument& name = arguments.front();
  if (name.text == "menuentry" || name.text == "submenu") {
    add_item(arguments, command, name.text == "submenu");
    return Truth::kYes;
  }
  if (const CommandRow* const row = find_command(name.text)) {
    if (const Truth is_there = find_module_of(name.text); is_there != Truth::kYes) {
      return is_there;
    }
    const Truth truth = (this->*row->handler)(arguments);
    const bool leaves = name.text == "exit" && conditions_ == 0;
    flow = leaves ? Flow::kExit : Flow::kNext;
    return truth;
  }
  const std::size_t equals = name.text.find('=');
  if (equals != std::string::npos && equals > 0) {
    GrubArgument value = name;
    value.text = name.text.substr(equals + 1);
    set(name.text.substr(0, equals), std::move(value));
    return Truth::kYes;
  }
  if (std::binary_search(kOtherCommands.begin(), kOtherCommands.end(), name.text)) {
    return name.text == "echo" ? Truth::kYes : Truth::kUnknown;
  }
  if (!name.is_uncertain && !is_in_condition_) {
    findings_.add(rule("grub.unknown-command"), offset(), place(), printable_text(name.text),
                  "a command of GRUB's, or a function that is defined before");
  }
  not_followed(fmt::format("an unknown command: {}", printable_text(name.text)));
  has_unknown_effect_ = true;
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_true(Arguments /*arguments*/) { return Truth::kYes; }
Truth GrubEvaluator::command_false(Arguments /*arguments*/) { return Truth::kNo; }

Truth GrubEvaluator::command_set(Arguments arguments) {
  if (arguments.size() < 2) {
    return Truth::kYes;
  }
  const std::size_t equals = arguments[1].text.find('=');
  if (equals == std::string::npos) {
    return Truth::kNo;
  }
  GrubArgument value = arguments[1];
  value.text = arguments[1].text.substr(equals + 1);
  std::string name = arguments[1].text.substr(0, equals);
  if (name == "root" && value.text.starts_with('(') && value.text.ends_with(')')) {
    value.text = value.text.substr(1, value.text.size() - 2);
  }
  set(name, std::move(value));
  return Truth::kYes;
}

Truth GrubEvaluator::command_unset(Arguments arguments) {
  if (arguments.size() > 1) {
    const auto found = variables_.find(arguments[1].text);
    if (found != variables_.end()) {
      variables_.erase(found);
    }
  }
  return Truth::kYes;
}

Truth GrubEvaluator::command_export(Arguments arguments) {
  for (const GrubArgument& name : arguments.subspan(1)) {
    export_variable(name.text);
  }
  return Truth::kYes;
}

Truth GrubEvaluator::command_test(Arguments arguments) {
  const bool has_bracket = arguments.front().text == "[" && arguments.back().text == "]";
  return evaluate_grub_test(
      arguments.subspan(1, arguments.size() - (has_bracket ? 2 : 1)),
      [this](GrubFileTest test, const GrubArgument& name) { return ask_file(test, name); });
}

Truth GrubEvaluator::command_load_env(Arguments arguments) {
  constexpr std::string_view kSignature = "# GRUB Environment Block";
  const GrubArgument prefix = value_of("prefix");
  GrubArgument name{prefix.text + "/grubenv", prefix.is_uncertain, prefix.failed_search};
  std::vector<std::string_view> wanted;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if ((arguments[i].text == "-f" || arguments[i].text == "--file") && i + 1 < arguments.size()) {
      name = arguments[++i];
    } else if (arguments[i].text.starts_with("--file=")) {
      name = arguments[i];
      name.text = name.text.substr(7);
    } else if (!arguments[i].text.starts_with("-")) {
      wanted.push_back(arguments[i].text);
    }
  }
  const bool was_in_condition = std::exchange(is_in_condition_, true);
  const LoaderFile file = file_of(name);
  is_in_condition_ = was_in_condition;
  const std::optional<ConfigText> text = files_.read(file);
  if (!text || !text->text.starts_with(kSignature)) {
    return file.is_missing ? Truth::kNo : Truth::kUnknown;
  }
  for (const ConfigLine& line : lines_of(text->text)) {
    const std::size_t equals = line.text.find('=');
    const std::string_view variable = line.text.substr(0, equals);
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), variable) != wanted.end();
    if (equals != std::string_view::npos && !line.text.starts_with('#') && is_wanted) {
      set(variable, {std::string(line.text.substr(equals + 1)), false, -1});
    }
  }
  return Truth::kYes;
}

Truth GrubEvaluator::command_loadfont(Arguments arguments) {
  Truth all = Truth::kYes;
  for (const GrubArgument& argument : grub_operands(arguments)) {
    GrubArgument name = argument;
    if (!name.text.starts_with('(') && !name.text.starts_with('/')) {
      const GrubArgument prefix = value_of("prefix");
      name.text = fmt::format("{}/fonts/{}.pf2", prefix.text, name.text);
      name.is_uncertain |= prefix.is_uncertain;
    }
    all = all & ask_file(GrubFileTest::kIsFile, name);
  }
  return all;
}

Truth GrubEvaluator::command_terminal(Arguments arguments) {
  for (const GrubArgument& argument : arguments.subspan(1)) {
    config_.has_serial_terminal |= argument.text.starts_with("serial");
  }
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_action(Arguments arguments) {
  if (entry_->action.empty()) {
    entry_->action = printable_text(arguments.front().text);
  }
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_boot(Arguments /*arguments*/) {
  is_booted_ |= entry_ == &top_;
  return Truth::kYes;
}

Truth GrubEvaluator::command_sets_variable(Arguments arguments) {
  const std::string& command = arguments.front().text;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string_view word = arguments[i].text;
    const bool is_short = word == "-s" || word == "--set";
    if (is_short && i + 1 < arguments.size()) {
      word = arguments[++i].text;
    } else if (word.starts_with("--set=")) {
      word.remove_prefix(6);
    } else if (command != "read" || word.starts_with("-")) {
      continue;
    }
    word = word.substr(word.find(':') == std::string_view::npos ? 0 : word.find(':') + 1);
    set(word, {std::string(), true, -1});
  }
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_adds_entries(Arguments arguments) {
  not_followed(fmt::format("the entries of {}", grub_joined(arguments)));
  has_unknown_effect_ = true;
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_unknown_effect(Arguments arguments) {
  not_followed(printable_text(arguments.front().text));
  has_unknown_effect_ = true;
  return Truth::kUnknown;
}

}  // namespace bootproof::inspectors
