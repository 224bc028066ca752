#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/grub_config.h"
#include "inspectors/loaders/grub_device.h"
#include "inspectors/loaders/grub_modules.h"
#include "inspectors/loaders/grub_script.h"
#include "inspectors/loaders/grub_test.h"
#include "inspectors/loaders/loader_config.h"
#include "inspectors/loaders/loader_files.h"

namespace bootproof::inspectors {

/// The value of a variable.
struct GrubValue {
  GrubArgument value;
  bool is_exported = false;
};
using GrubVariables = std::map<std::string, GrubValue, std::less<>>;

/// A file or an embedded configuration, parsed. Where commands stand, for findings.
struct GrubSource {
  ConfigText text;
  GrubScript script;
};

/// A menu entry or submenu whose body was not run yet.
struct GrubMenuItem {
  std::string title;  ///< Raw.
  std::string id;     ///< Raw.
  const GrubBlock* body = nullptr;
  std::vector<GrubArgument> arguments;
  bool is_submenu = false;
  bool is_conditional = false;
  const GrubSource* source = nullptr;
  std::size_t line = 0;
};
using GrubMenu = std::vector<GrubMenuItem>;

/// Arguments without the name of the command and the options before the first operand.
std::span<const GrubArgument> grub_operands(std::span<const GrubArgument> arguments);

/// Arguments as one line, printable; those with blanks in quotes.
std::string grub_joined(std::span<const GrubArgument> arguments);

/// Runs GRUB's scripts over the volumes of a world and collects what the menus would do. A command
/// whose result depends on the running machine has the result "unknown"; of a condition that is
/// unknown every branch is run, and what differs after them is uncertain from then on. What an
/// uncertain name leads to is not judged.
class GrubEvaluator {
 public:
  GrubEvaluator(LoaderFiles& files, const GrubStart& start, LoaderConfig& config,
                Findings& findings);

  /// Runs the embedded configuration and then, unless that took a menu, the grub.cfg of the prefix.
  void run();

 private:
  enum class Flow : std::uint8_t { kNext, kBreak, kContinue, kReturn, kExit };
  using Arguments = std::span<const GrubArgument>;
  using Handler = Truth (GrubEvaluator::*)(Arguments);
  struct CommandRow;
  struct FailedSearch {
    std::string what;  ///< "fs-uuid 1234-ABCD", printable.
    std::string path;  ///< "grub.cfg, line 3".
    std::uint64_t offset = 0;
    bool is_reported = false;
    bool is_question = false;  ///< In a condition, where failing is an answer.
  };
  struct Function {
    const GrubBlock* body = nullptr;
    const GrubSource* source = nullptr;
  };

  // Control flow: grub_evaluator.cc.
  Flow run(const GrubBlock& block);
  Flow run(const GrubCommand& command);
  Flow run_if(const GrubCommand& command, std::size_t branch);
  Flow run_loop(const GrubCommand& command);
  Flow run_for(const GrubCommand& command);
  Flow run_simple(const GrubCommand& command);
  Flow call(const Function& function, Arguments arguments);
  Truth condition(const GrubBlock& block);
  void run_branch(const GrubBlock& block);
  bool spend(std::size_t steps);
  void keep_alternative(LoaderEntry first);

  // Variables and words: grub_variables.cc.
  void set(std::string_view name, GrubArgument value);
  void set_exported(std::string_view name, std::string value);
  [[nodiscard]] GrubArgument value_of(std::string_view name) const;
  void export_variable(std::string_view name);
  [[nodiscard]] GrubVariables exported() const;
  void merge(const GrubVariables& other);
  std::vector<GrubArgument> expand(const std::vector<GrubWord>& words);
  void expand(const GrubWord& word, std::vector<GrubArgument>& arguments);

  // Menus: grub_menu.cc.
  const GrubSource* load(const LoaderFile& file);
  const GrubSource* load(ConfigText text);
  void run_menu(const GrubSource& source, std::string_view folder, std::string_view file);
  void show(const GrubMenu& menu);
  void take_timeout();
  [[nodiscard]] std::size_t default_of(const GrubMenu& menu, std::string& rest);
  void run_item(const GrubMenuItem& item, bool is_default, const std::string& rest);
  void run_submenu(const GrubMenuItem& item, const std::string& rest);
  void run_entry(const GrubMenuItem& item, bool is_default);
  void finish_top();
  void add_item(Arguments arguments, const GrubCommand& command, bool is_submenu);

  // Names of files: grub_files.cc.
  LoaderFile file_of(const GrubArgument& name);
  Truth ask_file(GrubFileTest test, const GrubArgument& name);
  [[nodiscard]] GrubDevice device_of(const GrubArgument& name, const GrubFileName& split,
                                     bool& is_uncertain) const;
  void judge_device(const GrubDevice& device, const std::string& name);
  void report_search(std::ptrdiff_t index, const std::string& found);
  void judge_entry(const Rule& rule, std::string found, std::string expected);
  void not_followed(std::string what);
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::uint64_t offset() const { return source_->text.offset_of(line_); }

  // Modules: grub_start.cc.
  bool run_embedded();
  bool load_normal();
  [[nodiscard]] std::optional<GrubModuleFolder> module_folder() const;
  Truth load_module(std::string_view name);
  Truth find_module_of(const std::string& command);
  Truth can_read(std::size_t volume);
  Truth command_insmod(Arguments arguments);

  // Commands: grub_commands.cc, grub_load_commands.cc, grub_search.cc.
  static const CommandRow* find_command(std::string_view name);
  Truth run_command(Arguments arguments, const GrubCommand& command, Flow& flow);
  Truth command_set(Arguments arguments);
  Truth command_unset(Arguments arguments);
  Truth command_export(Arguments arguments);
  Truth command_true(Arguments arguments);
  Truth command_false(Arguments arguments);
  Truth command_test(Arguments arguments);
  Truth command_load_env(Arguments arguments);
  Truth command_linux(Arguments arguments);
  Truth command_initrd(Arguments arguments);
  Truth command_module(Arguments arguments);
  Truth command_chainloader(Arguments arguments);
  Truth command_loopback(Arguments arguments);
  Truth command_loadfont(Arguments arguments);
  Truth command_terminal(Arguments arguments);
  Truth command_action(Arguments arguments);
  Truth command_boot(Arguments arguments);
  Truth command_sets_variable(Arguments arguments);
  Truth command_adds_entries(Arguments arguments);
  Truth command_unknown_effect(Arguments arguments);
  Truth command_source(Arguments arguments);
  Truth command_configfile(Arguments arguments);
  Truth command_normal(Arguments arguments);
  Truth command_search(Arguments arguments);
  Truth command_search_by_name(Arguments arguments);
  Truth include_missing(const LoaderFile& file, const GrubArgument& name);
  Truth search(std::string_view by, const GrubArgument& what, std::string_view variable,
               const std::vector<std::string>& hints);

  LoaderFiles& files_;
  const GrubStart& start_;
  LoaderConfig& config_;
  Findings& findings_;

  std::deque<GrubSource> sources_;
  std::map<std::string, const GrubSource*, std::less<>> loaded_;
  std::set<std::string, std::less<>> menus_read_;
  std::vector<std::string> reading_;  ///< The files that are being run, outermost first.
  std::map<std::string, Function, std::less<>> functions_;
  GrubVariables variables_;
  std::vector<GrubArgument> parameters_;  ///< $1 and so on.
  std::vector<FailedSearch> searches_;
  std::set<std::string, std::less<>> judged_devices_;
  std::set<std::string, std::less<>> judged_modules_;
  std::optional<std::pair<std::string, std::uint64_t>> missing_include_;

  std::optional<GrubModules> modules_;  ///< Nothing where what is built in is not known.
  bool has_normal_ = false;             ///< Commands and file systems are loaded as needed.

  const GrubSource* source_ = nullptr;
  const GrubSource* last_menu_ = nullptr;  ///< The configuration whose menu was read last.
  std::size_t line_ = 1;
  Truth last_ = Truth::kYes;
  GrubMenu* menu_ = nullptr;               ///< Where menu entries go.
  LoaderEntry top_;                        ///< What commands outside of any entry load.
  LoaderEntry* entry_ = &top_;             ///< What is being loaded.
  std::vector<LoaderEntry> alternatives_;  ///< What the entry is under other conditions.
  std::vector<std::string> titles_;        ///< Of the submenus around.
  bool is_on_default_path_ = true;
  bool is_in_condition_ = false;  ///< A command that fails is an answer and no defect.
  bool has_nested_menu_ = false;  ///< The entry shows another menu.
  bool has_menu_ = false;         ///< A menu was shown, and GRUB stays there.
  bool is_booted_ = false;
  bool has_unknown_effect_ = false;  ///< Of the entry.
  bool is_stopped_ = false;          ///< At a bound.
  int conditions_ = 0;               ///< Unknown ones around.
  std::size_t depth_ = 0;
  std::size_t steps_left_;
  std::size_t bytes_left_;
};

}  // namespace bootproof::inspectors
