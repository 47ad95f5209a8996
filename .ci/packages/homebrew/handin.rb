class Handin < Formula
  desc "Submits test results exactly once to Azure Test Plans, qTest and Katalon TestOps"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@RELEASE@/handin-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:handin-aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@RELEASE@/handin-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:handin-x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@RELEASE@/handin-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:handin-aarch64-unknown-linux-musl.tar.gz@"
    end
    on_intel do
      url "@RELEASE@/handin-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:handin-x86_64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "handin", "handin-sandbox"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/handin.bash" => "handin"
    zsh_completion.install "completions/_handin"
    fish_completion.install "completions/handin.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/handin --version")
  end
end
