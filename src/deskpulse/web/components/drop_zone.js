// Takes a file by drop or by choosing, and sends it to the server with its progress shown.
export default {
  template: `
  <section class="card drop" :class="{ over: isOver }" @dragover.prevent="isOver = true" @dragleave="isOver = false" @drop.prevent="drop" aria-label="Choose a file">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 15V4M7.500 8.500L12 4l4.500 4.500M4 15v5h16v-5" /></svg>
    <template v-if="!sending">
      <h2>Drop a file here</h2>
      <p>CSV, Excel, JSON, Parquet, a mailbox, or a ZIP of them. You will see how it is read before anything is taken in.</p>
      <label class="button primary">Choose a file<input class="sr" type="file" @change="choose" ref="input"></label>
    </template>
    <div class="progress" v-else role="progressbar" :aria-valuenow="Math.round(share * 100)" aria-valuemin="0" aria-valuemax="100" :aria-label="'Sending ' + sending">
      <span>{{ share < 1 ? 'Sending' : 'Looking into' }} <b>{{ sending }}</b> …</span><u><i :style="{ width: share * 100 + '%' }"></i></u>
      <button class="button" @click="stop">Stop</button>
    </div>
    <p class="hint" role="status" v-if="card.note && !sending">{{ card.note }}</p>
    <p class="problem" role="alert" v-if="problem || card.problem">{{ problem || card.problem }}</p>
  </section>`,
  props: { card: Object },
  emits: ["uploaded"],
  data: () => ({ isOver: false, sending: "", share: 0, problem: "" }),
  watch: { "card.turn"() { this.sending = ""; } },
  methods: {
    drop(event) { this.isOver = false; const file = event.dataTransfer.files[0]; if (file) this.send(file); },
    choose(event) { const file = event.target.files[0]; if (file) this.send(file); event.target.value = ""; },
    stop() { this.request?.abort(); this.sending = ""; },
    send(file) {
      this.problem = "";
      this.share = 0;
      this.sending = file.name;
      const request = (this.request = new XMLHttpRequest());
      const query = new URLSearchParams({ workspace: this.card.workspace, name: file.name });
      request.open("PUT", "/uploads?" + query);
      request.upload.onprogress = (event) => { if (event.lengthComputable) this.share = event.loaded / event.total; };
      request.onerror = () => this.fail("The file could not be sent. Is the server still running?");
      request.onload = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* an answer that is no JSON is told below */ }
        if (request.status === 200) { this.share = 1; this.$emit("uploaded", { upload: answer.upload }); }
        else this.fail(answer.message || answer.detail || `The server refused the file (${request.status}).`);
      };
      request.send(file);
    },
    fail(problem) { this.problem = problem; this.sending = ""; },
  },
};
